"""``POST /v1/hooks/{name}``: a delivery of another system, accepted whole, ignored, or refused whole.

What a hook of a name answers to whoever has no right there is what any other name answers. The
handshake of CloudEvents (``OPTIONS``) depends on the origin alone for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

from fastapi import APIRouter, Request, Response

from services.ingest.acceptance import accept, again_later
from services.ingest.cloudevents import (
    PROBLEMS,
    InvalidEventsError,
    PersonalIdentifiers,
    Rules,
    foreign_value,
)
from services.ingest.foreign_values import ForeignEvents, InvalidValueError, foreign_events
from services.ingest.hooks.loading import Hook, Hooks, Signature
from services.ingest.hooks.signatures import Signed
from services.ingest.metrics import IntakeMetrics
from services.ingest.openapi import describe_delivery
from services.ingest.publisher import Publisher
from services.ingest.responses import DeliveryReceipts, answer, receipts, refusal, value_refusal
from shared.domain import Catalogue
from shared.http import (
    HOOKS_PATH,
    DirectRoute,
    Principal,
    ProblemError,
    body_of,
    note_for_audit,
    publisher,
    requested_language,
    token_holder,
)
from shared.metrics import Metrics, series

MOST_BODY_BYTES: Final = 1024 * 1024
"""A delivery has one change of a file or a few, with all that its system knows of it."""
MOST_BODIES: Final = 64
"""So many bodies are read at once: whoever sends them is not known before."""

_BODY_SECONDS: Final = 10.0
_UNKNOWN: Final = "(unknown)"  # no hook can have this name
DeliveryOutcome = Literal[
    "accepted", "ignored", "invalid", "unauthorized", "stale", "replayed", "unavailable"
]
_OUTCOMES: Final[tuple[DeliveryOutcome, ...]] = get_args(DeliveryOutcome)
_OUTCOMES_OF_NONE: Final[tuple[DeliveryOutcome, ...]] = ("unauthorized", "unavailable")
_ORIGIN, _RATE = "webhook-request-origin", "webhook-request-rate"


class HookMetrics:
    """Counts deliveries; the file of hooks bounds the labels."""

    def __init__(self, metrics: Metrics, hooks: Hooks) -> None:
        deliveries = metrics.counter(series.HOOK_DELIVERIES)
        self._counters = {
            (name, outcome): deliveries.labels(name, outcome)
            for name in (*hooks.by_name, _UNKNOWN)
            for outcome in (_OUTCOMES if name in hooks.by_name else _OUTCOMES_OF_NONE)
        }

    def count(self, name: str, outcome: DeliveryOutcome) -> None:
        counter = self._counters.get((name, outcome)) or self._counters[_UNKNOWN, outcome]
        counter.inc()


class DeliveryRules(NamedTuple):
    """What every delivery is held to, beside the permissions of its token."""

    catalogue: Catalogue
    now: Callable[[], datetime]
    future_tolerance: timedelta
    personal_identifiers: PersonalIdentifiers = "refuse"

    def of(self, caller: Principal, source: str) -> Rules:
        return Rules(
            catalogue=self.catalogue,
            now=self.now(),
            future_tolerance=self.future_tolerance,
            sources={source},
            units=caller.units,
            standards=caller.standards,
            reservations=caller.reservations,
            personal_identifiers=self.personal_identifiers,
        )


def hook_router(
    log: Publisher,
    hooks: Hooks,
    rules: DeliveryRules,
    metrics: IntakeMetrics,
    deliveries: HookMetrics,
) -> APIRouter:
    """The routes of webhooks, behind :func:`shared.http.front_door.secure`."""
    intake = _Deliveries(log, hooks, rules, metrics, deliveries)
    routes = APIRouter(tags=["events"])
    path = f"{HOOKS_PATH}/{{name}}"
    described = describe_delivery()
    routes.add_api_route(
        path,
        intake.post,
        methods=["POST"],
        route_class_override=DirectRoute,
        status_code=202,
        response_class=Response,
        summary="Deliver to a webhook",
        name="publish_delivery",
        responses=described.responses,
        openapi_extra=described.request,
    )
    routes.add_api_route(
        path,
        intake.shake_hands,
        methods=["OPTIONS"],
        route_class_override=DirectRoute,
        status_code=204,
        include_in_schema=False,
    )
    return routes


class _Deliveries:
    def __init__(
        self,
        log: Publisher,
        hooks: Hooks,
        rules: DeliveryRules,
        metrics: IntakeMetrics,
        deliveries: HookMetrics,
    ) -> None:
        self._log = log
        self._hooks = hooks
        self._rules = rules
        self._metrics = metrics
        self._count = deliveries.count
        signed = (hook.signature for hook in hooks.by_name.values() if hook.signature is not None)
        self._decoys = {one.verifier.header: one.verifier for one in signed}
        self._bodies = 0

    async def shake_hands(self, request: Request) -> Response:
        """Grant an origin the rate that the file of hooks has for it (HTTP 1.1 Web Hooks, §4)."""
        origin = request.headers.get(_ORIGIN, "")
        rate = self._hooks.origins.get(origin.lower())
        if rate is None:
            raise ProblemError(
                403,
                "origin_not_allowed",
                PROBLEMS["origin_not_allowed"],
                headers={"allow": "POST, OPTIONS"},
            )
        asked = request.headers.get(_RATE, "")
        if isinstance(rate, int) and asked.isascii() and asked.isdigit() and len(asked) < 10:
            rate = min(rate, max(int(asked), 1))
        granted = {"webhook-allowed-origin": origin, "webhook-allowed-rate": str(rate)}
        return Response(status_code=204, headers={"allow": "POST, OPTIONS", **granted})

    async def post(self, request: Request) -> Response:
        """Accept the events of a delivery once they are durable; 200 where it says none."""
        name = request.path_params["name"]
        try:
            return await self._deliver(request, name)
        except ProblemError as error:
            if error.status in (429, 503):
                self._count(name, "unavailable")
            raise

    async def _deliver(self, request: Request, name: str) -> Response:
        body = await self._body(request)
        hook = self._hooks.by_name.get(name)
        caller, signed = self._authorize(request, name, hook, body)
        assert hook is not None
        if signed is not None and signed.until is not None:
            if not hook.replays.begin(signed.digest, signed.until, self._rules.now()):
                self._count(name, "replayed")
                raise ProblemError(409, "hook_replayed", PROBLEMS["hook_replayed"])
            try:
                return await self._accept(request, hook, caller, body)
            except BaseException:  # also where the client has gone: it will try again
                hook.replays.forget(signed.digest)
                raise
        return await self._accept(request, hook, caller, body)

    async def _body(self, request: Request) -> bytes:
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise ProblemError(415, "unsupported_encoding", PROBLEMS["unsupported_encoding"])
        if self._bodies >= MOST_BODIES:
            raise again_later(429, "too_busy")
        self._bodies += 1
        try:
            return await body_of(request, most_bytes=MOST_BODY_BYTES, seconds=_BODY_SECONDS)
        finally:
            self._bodies -= 1

    def _authorize(
        self, request: Request, name: str, hook: Hook | None, body: bytes
    ) -> tuple[Principal, Signed | None]:
        """By whose permissions a delivery acts; raises the problem that every other caller gets."""
        if hook is not None and hook.signature is not None:
            signed = self._verified(request, name, hook.signature, body)
            if signed is not None:
                caller = token_holder(request, hook.signature.token)
                if caller is None or hook.source not in caller.sources:
                    self._count(name, "unauthorized")
                    raise ProblemError(403, "hook_without_token", PROBLEMS["hook_without_token"])
                return caller, signed
        else:
            sender = publisher(request)
            if hook is not None and sender is not None and hook.source in sender.sources:
                return sender, None
            self._take_as_long(request, body)
        self._count(name, "unauthorized")
        raise ProblemError(
            401,
            "hook_unauthorized",
            PROBLEMS["hook_unauthorized"],
            headers={"www-authenticate": 'Bearer realm="echeance"'},
        )

    def _take_as_long(self, request: Request, body: bytes) -> None:
        """Verify as a signed hook would: or the time of the answer told which names have one."""
        headers = request.headers.raw
        decoy = next((self._decoys[name] for name, _ in headers if name in self._decoys), None)
        if decoy is not None:
            decoy.verify(headers, body, self._rules.now())

    def _verified(
        self, request: Request, name: str, signature: Signature, body: bytes
    ) -> Signed | None:
        now = self._rules.now()
        verdict = signature.verifier.verify(request.headers.raw, body, now)
        if verdict == "stale":
            self._count(name, "stale")
            values: dict[str, str | int] = {
                "tolerance": signature.verifier.scheme.tolerance_seconds,
                "now": now.isoformat(timespec="seconds"),
            }
            raise ProblemError(401, "hook_stale", PROBLEMS["hook_stale"], values=values)
        return verdict if isinstance(verdict, Signed) else None

    async def _accept(
        self, request: Request, hook: Hook, caller: Principal, body: bytes
    ) -> Response:
        try:
            found = self._events(request, hook, caller, body)
        except InvalidEventsError as error:
            self._refuse(hook, error.faults[0].code)
            raise refusal(error, requested_language(request)) from None
        except InvalidValueError as error:
            self._refuse(hook, error.code)
            raise value_refusal(error, requested_language(request)) from None
        file = found.events[0].file_id if len(found.events) == 1 else ""
        note_for_audit(request, caller=caller, file=file, events=len(found.events))
        positions = await accept(self._log, self._metrics, found.events)
        self._count(hook.name, "accepted" if found.events else "ignored")
        response = DeliveryReceipts(
            receipts=receipts(found.events, positions),
            ignored=found.read.silent,
            ignored_as=found.read.ignored_as,
        )
        return answer(202 if found.events else 200, response)

    def _events(
        self, request: Request, hook: Hook, caller: Principal, body: bytes
    ) -> ForeignEvents:
        value = foreign_value(request.headers.raw, body, trust_attributes=hook.signature is None)
        return foreign_events(hook.reader, value, self._rules.of(caller, hook.source))

    def _refuse(self, hook: Hook, code: str) -> None:
        self._count(hook.name, "invalid")
        self._metrics.count_rejected({hook.source}, code)
