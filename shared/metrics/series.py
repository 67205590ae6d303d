"""Every Prometheus metric, declared once: name with unit, help, labels.

Pure. Labels are of bounded cardinality and never a file: standards, units and sources come from the
catalogue and the credentials, the other values are listed here. Business figures are gauges and not
counters, since a correction or a rebuild lowers them; every replica of compliance exports all of
them, so rules take ``max by``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple


class Series(NamedTuple):
    """A metric. The name of a counter ends in ``_total``."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    kind: Literal["counter", "gauge", "histogram"] = "gauge"


Figures = Mapping[Series, Mapping[tuple[str, ...], float]]
"""Values by series and by the values of its labels."""


def _declared() -> tuple[Series, ...]:
    """The metrics declared above the call, in that order."""
    return tuple(one for one in globals().values() if isinstance(one, Series))


_PERIODS = "period: the current month, quarter or fiscal-year, or rolling-30 or rolling-90 days"

OPEN_FILES: Final = Series(
    "echeance_open_files",
    "Files without a decision by stage; or waiting for the client; or waiting_other, for others, where a standard can; or followed, and not measured.",
    ("standard", "stage"),
)
OPEN_BY_REMAINING: Final = Series(
    "echeance_open_files_by_remaining",
    "Measured files without a decision, by the days that remain; or overdue; or waiting, which have no deadline.",
    ("standard", "remaining"),
)
OPEN_BY_UNIT: Final = Series(
    "echeance_open_files_by_unit",
    "Measured files without a decision, by unit and by the days that remain.",
    ("standard", "unit", "remaining"),
)
OPEN_BY_AGE: Final = Series(
    "echeance_open_files_by_age",
    "Measured files without a decision that do not wait, by the days since they were received, and by stage.",
    ("standard", "age", "stage"),
)
WAITING_LONG: Final = Series(
    "echeance_open_files_waiting_long",
    "Measured files that wait for longer than the reminder of their standard, if it has one; they are among those that wait.",
    ("standard",),
)
OLDEST_OPEN: Final = Series(
    "echeance_oldest_open_timestamp_seconds",
    "Beginning of the local day on which the oldest file in the Ministry's hands was received.",
    ("standard",),
)
ATTAINMENT_RATIO: Final = Series(
    "echeance_attainment_ratio",
    f"Share of the measured files that were on time, absent where none was measured; {_PERIODS}.",
    ("standard", "period", "basis"),
)
ATTAINMENT_BEFORE: Final = Series(
    "echeance_attainment_before_ratio",
    "Share of the files decided that were on time in the period before, up to the same business day while the period goes on; absent where none was measured; period: the current month, quarter or fiscal-year.",
    ("standard", "period"),
)
TARGET_RATIO: Final = Series(
    "echeance_target_ratio", "Share of the files that was promised to be on time.", ("standard",)
)
ATTAINMENT_UNEXTENDED: Final = Series(
    "echeance_attainment_unextended_ratio",
    f"Share of the measured files that were on time without any extension, of standards that have extensions; {_PERIODS}.",
    ("standard", "period", "basis"),
)
_DELAYS = (
    "in the unit of the limit (business days, civil days, or seconds); delay: net, or gross, had nothing stopped it; "
    f"{_PERIODS}"
)
DELAY_PERCENTILE: Final = Series(
    "echeance_delay_percentile",
    f"Delay that this share of the files decided did not exceed, {_DELAYS}.",
    ("standard", "period", "delay", "share"),
)
DELAY_MEAN: Final = Series(
    "echeance_delay_mean",
    f"Mean delay of the files decided, {_DELAYS}.",
    ("standard", "period", "delay"),
)
TIER_ATTAINMENT: Final = Series(
    "echeance_tier_attainment_ratio",
    f"Share of the files decided within a further limit, of standards that have several targets; tier: 2 for the second target; {_PERIODS}.",
    ("standard", "period", "tier"),
)
TIER_TARGET: Final = Series(
    "echeance_tier_target_ratio",
    "Share of the files that was promised to be decided within a further limit.",
    ("standard", "tier"),
)
MEASURED: Final = Series(
    "echeance_measured_files",
    f"Files measured, by outcome (on_time, late); {_PERIODS}.",
    ("standard", "period", "basis", "outcome"),
)
LATE_ALLOWED: Final = Series(
    "echeance_late_files_allowed",
    f"How many of the files measured may be late without missing the target; {_PERIODS}.",
    ("standard", "period"),
)
LATE_USED: Final = Series(
    "echeance_late_files_used", f"Files decided late; {_PERIODS}.", ("standard", "period")
)
LATE_COMMITTED: Final = Series(
    "echeance_late_files_committed",
    f"Files decided late, and open files that are overdue; {_PERIODS}.",
    ("standard", "period"),
)
STOPPED_FILES: Final = Series(
    "echeance_stopped_files",
    f"Files measured that ended, and that a request stopped; {_PERIODS}.",
    ("standard", "period"),
)
ON_TIME_BY_STOPS: Final = Series(
    "echeance_on_time_by_stops_files",
    f"Files on time that would have been late had nothing stopped them; {_PERIODS}.",
    ("standard", "period"),
)
ATTAINMENT_WITHOUT_STOPS: Final = Series(
    "echeance_attainment_without_stops_ratio",
    f"Share of the files decided that would have been on time had nothing stopped them, absent where none was measured; {_PERIODS}.",
    ("standard", "period"),
)
FILES_TO_VERIFY: Final = Series(
    "echeance_files_to_verify",
    "Files measured that ended, and that a rule about stops singles out, which says nothing more; rule: near_limit, overnight, "
    f"unanswered, decided_waiting, serial, recorded_late, reopened or last_day; {_PERIODS}.",
    ("standard", "period", "rule"),
)
_CURRENT = "period: the current month, quarter or fiscal-year"
REACH_OPEN: Final = Series(
    "echeance_reach_open_files",
    f"Open files in time whose last day on time lies in the period; {_CURRENT}.",
    ("standard", "period"),
)
REACH_NEEDED: Final = Series(
    "echeance_reach_needed_files",
    f"How many of these must be decided in time to reach the target of the files due; all, where that is not enough; {_CURRENT}.",
    ("standard", "period"),
)
REACH_LATE_LEFT: Final = Series(
    "echeance_reach_late_left_files",
    f"How many more of the files due may be late; negative where the files known do not reach the target; {_CURRENT}.",
    ("standard", "period"),
)
REACH_IMPOSSIBLE: Final = Series(
    "echeance_reach_impossible",
    f"1 where the target is missed even if every file that is or may be due is decided in time, or else 0; {_CURRENT}.",
    ("standard", "period"),
)
REACH_LATEST_START: Final = Series(
    "echeance_reach_latest_start_timestamp_seconds",
    f"Beginning of the local day by whose end the first of them must be decided, on the latest schedule that reaches the target; absent where none must; {_CURRENT}.",
    ("standard", "period"),
)
REACH_PACE: Final = Series(
    "echeance_reach_pace_files",
    f"Decisions to the end of the period at the pace of the last 20 business days, in 8 cases of 10; bound: low or high; {_CURRENT}.",
    ("standard", "period", "bound"),
)
TARGET_CHANCE: Final = Series(
    "echeance_target_chance_ratio",
    "How likely the target of the current month is, in tenths; absent where the back-test of the forecast does not allow to say so.",
    ("standard",),
)
FORECAST_SHOWN: Final = Series(
    "echeance_forecast_shown",
    "1 where the forecast of a standard was better than simple rules on past months, and is shown, or else 0.",
    ("standard",),
)
FORECAST_BRIER: Final = Series(
    "echeance_forecast_brier_score",
    "Mean squared error of chances to reach the target, over the trials on past months; less is better; of: forecast, or the rules last_month, so_far and base; absent until it was tried.",
    ("standard", "of"),
)
OPEN_BY_RISK: Final = Series(
    "echeance_open_files_by_risk",
    "Measured files in hand and in time by their risk of being late: high, medium or low; absent where the last 60 days do not allow to say so.",
    ("standard", "risk"),
)
RECEIVED_FILES: Final = Series(
    "echeance_received_files", f"Cycles begun; {_PERIODS}.", ("standard", "period")
)
CLOSED_FILES: Final = Series(
    "echeance_closed_files", f"Cycles decided or withdrawn; {_PERIODS}.", ("standard", "period")
)
ALERTS_ACTIVE: Final = Series(
    "echeance_alerts_active",
    "Alerts of files that are active; a file that is overdue may have one of each stage.",
    ("standard", "stage"),
)
STANDARD_INFO: Final = Series(
    "echeance_standard_info",
    "Always 1: what the catalogue calls a standard, to be joined to other series.",
    ("standard", "name_fr", "name_en"),
)
UNIT_INFO: Final = Series(
    "echeance_unit_info",
    "Always 1: what the catalogue calls a unit, to be joined to other series.",
    ("unit", "name_fr", "name_en"),
)
OTHER_SOURCE: Final = Series(
    "echeance_other_source_events",
    "Events that a source sent of files that do not belong to it, and has not taken back: they changed nothing.",
    ("source",),
)
PERIOD_LENGTH: Final = Series(
    "echeance_period_seconds", f"The whole period, in days of 86,400 s; {_PERIODS}.", ("period",)
)
PERIOD_ELAPSED: Final = Series(
    "echeance_period_elapsed_seconds",
    f"The period up to today, today included, in days of 86,400 s; {_PERIODS}.",
    ("period",),
)
BUSINESS_DAY: Final = Series(
    "echeance_business_day", "1 on a business day of the default calendar, 0 on a day off."
)
BUSINESS: Final = _declared()
"""What compliance shows, whole, from the read model."""

SNAPSHOT_AT: Final = Series(
    "echeance_snapshot_timestamp_seconds",
    "When the business figures were last known to be those of the database.",
)
REBUILD: Final = Series(
    "echeance_rebuild_progress_ratio",
    "How far the rebuild of a service has come; absent where none is at work.",
    ("service",),
)
EVENTS_ACCEPTED: Final = Series(
    "echeance_events_accepted_total",
    "Events that are in the log durably.",
    ("source", "type"),
    kind="counter",
)
EVENT_ACCEPTED_AT: Final = Series(
    "echeance_event_accepted_timestamp_seconds",
    "When an event of the source was last accepted.",
    ("source",),
)
HOOK_DELIVERIES: Final = Series(
    "echeance_hook_deliveries_total",
    "Deliveries to webhooks by outcome: accepted, ignored (they say no event), invalid, unauthorized, stale (signed too long ago), replayed, or unavailable; hook: '(unknown)' for names that there are not.",
    ("hook", "outcome"),
    kind="counter",
)
EVENTS_REJECTED: Final = Series(
    "echeance_events_rejected_total",
    "Requests, or lines of NDJSON, refused, by the first reason; source: 'several' under a token of several sources.",
    ("source", "reason"),
    kind="counter",
)
EVENTS_DUPLICATE: Final = Series(
    "echeance_events_duplicate_total",
    "Events that their file's history had already: they change nothing.",
    ("source",),
    kind="counter",
)
FORGOTTEN_FILES: Final = Series(
    "echeance_forgotten_files_total",
    "Files forgotten, whose figures stay; by who asked: publisher, operator, retention.",
    ("requested_by",),
    kind="counter",
)
FORGOTTEN_EVENTS: Final = Series(
    "echeance_forgotten_events_total",
    "Events that came for files forgotten before; they change nothing, and are erased.",
    ("source",),
    kind="counter",
)
ERASURES_PENDING: Final = Series(
    "echeance_erasures_pending", "Files forgotten of which some store still holds the identifier."
)
ERASURE_OLDEST: Final = Series(
    "echeance_erasure_oldest_timestamp_seconds",
    "When the oldest erasure that some store has not done was asked for; 0 where there is none.",
)
SOURCE_RECORDS: Final = Series(
    "echeance_source_records_total",
    "Records of another system's topic that ingest reads: accepted, ignored, refused (dead letters), or lost, which expired before they were read.",
    ("topic", "outcome"),
    kind="counter",
)
STREAM_LAG: Final = Series(
    "echeance_stream_lag_records",
    "Records of a partition that its owner has still to read.",
    ("topic", "partition"),
)
STREAM_PROGRESS: Final = Series(
    "echeance_stream_progress_timestamp_seconds",
    "When the loop on a topic last ended a step, or found nothing to do.",
    ("topic",),
)
STREAM_RECORDS: Final = Series(
    "echeance_stream_records_total", "Records worked through.", ("topic",), kind="counter"
)
BATCH_DURATION: Final = Series(
    "echeance_stream_batch_duration_seconds",
    "From taking up a batch of a partition to the commit of its last step.",
    ("topic",),
    kind="histogram",
)
DEAD_LETTERS_TOTAL: Final = Series(
    "echeance_dead_letters_total",
    "Records set aside because they cannot be used.",
    ("topic", "reason"),
    kind="counter",
)
ALERTMANAGERS: Final = Series(
    "echeance_alertmanagers",
    "How many Alertmanagers are to be told of alerts; 0 where none is configured.",
)
PUSH_SUCCESS_AT: Final = Series(
    "echeance_alert_push_success_timestamp_seconds",
    "When an Alertmanager last took all it was to be told; 0 as long as it has not, and of a process that stands by.",
    ("alertmanager",),
)
PUSHES: Final = Series(
    "echeance_alert_pushes_total",
    "Requests to an Alertmanager, by outcome (success, failure).",
    ("alertmanager", "outcome"),
    kind="counter",
)
DIGESTS_PENDING: Final = Series(
    "echeance_digests_pending",
    "Digests of this morning that the mail server has not taken; 0 where none is due, and of a process that stands by.",
)
BOARD_CONNECTIONS: Final = Series(
    "echeance_board_connections",
    "Pages of the board that are open: each follows what happens, or waits for the end of its session.",
)
BOARD_INFO: Final = Series(
    "echeance_board_info", "Always 1: where people reach the board, for links to it.", ("url",)
)
CLOCK: Final = Series(
    "echeance_clock_timestamp_seconds",
    "What the process takes the time to be, at the moment of the scrape.",
)
TLS_CERTIFICATE_START: Final = Series(
    "echeance_tls_certificate_start_timestamp_seconds",
    "When the certificate in use, or one of its chain, begins to be valid; use: server, or what this process shows to kafka or to a clock.",
    ("use",),
)
TLS_CERTIFICATE_END: Final = Series(
    "echeance_tls_certificate_end_timestamp_seconds",
    "When the certificate in use, or the first of its chain, ends; use: server, or what this process shows to kafka or to a clock.",
    ("use",),
)
TLS_RELOAD_SUCCESSFUL: Final = Series(
    "echeance_tls_last_reload_successful",
    "1, or 0 as long as the files of the server’s certificate cannot be used and those before them are.",
)
TLS_CONNECTIONS: Final = Series(
    "echeance_tls_connections_total",
    "TLS handshakes of the server that succeeded, by the certificate that the client showed: verified, or none.",
    ("client_certificate",),
    kind="counter",
)
TLS_HANDSHAKE_FAILURES: Final = Series(
    "echeance_tls_handshake_failures_total",
    "TLS handshakes of the server that failed: the client’s certificate, an alert of the client (it does not trust ours, for one), a timeout, or other.",
    ("reason",),
    kind="counter",
)
BUILD: Final = Series(
    "echeance_build_info",
    "Always 1: the version at work, the form of its core (compiled or interpreted), and the catalogue it counts by.",
    ("version", "core", "catalogue", "revision"),
)
REQUESTS_LIMITED: Final = Series(
    "echeance_http_requests_limited_total",
    "Requests answered 429; limit: requests or bytes of a caller, address for those without a valid token, failures for invalid tokens.",
    ("limit",),
    "counter",
)
SIGN_IN_FAILURES: Final = Series(
    "echeance_sign_in_failures_total",
    "Invalid tokens that were presented, in a request or to sign in, and sign-ins at the provider that began no session; reason: unknown_token, expired_token, no_rights (in no group of access.yaml), sign_in_too_weak (not as ECHEANCE_OIDC_ACR_VALUES and its like require), sign_in_refused (what came back did not hold), sign_in_cancelled.",
    ("reason",),
    "counter",
)
TOKEN_EXPIRY: Final = Series(
    "echeance_token_expiry_timestamp_seconds",
    "When the newest secret of a token expires, as this process read the credentials; absent for one that never does.",
    ("token",),
)
AUDIT_RECORDS: Final = Series(
    "echeance_audit_records_total",
    "Records of who read and changed what; outcome: written, or refused, the requests that were answered 503 because the records before them could not be written.",
    ("outcome",),
    "counter",
)
AUDIT_UNNAMED: Final = Series(
    "echeance_audit_unnamed_total",
    "Audit records that were written without an identifier that their request named, since its file is forgotten.",
    (),
    "counter",
)
AUDIT_WAITING: Final = Series(
    "echeance_audit_waiting_records",
    "Audit records of this process that are not written yet; it refuses requests at 10,000.",
)
AUDIT_WRITTEN: Final = Series(
    "echeance_audit_written_timestamp_seconds",
    "When this process last had no audit record left to write.",
)
TECHNICAL: Final = _declared()[len(BUSINESS) :]
"""What is counted or noted where it happens."""
