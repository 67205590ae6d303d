"""The rules that the demo adds to the shipped catalogue, and the events that follow them.

Pure. The shipped catalogue stays the declaration. The demo shows more of the law on three rules that
no ministry made: complaints are acknowledged too and may be extended, and foreign degrees are checked
with the institution that issued them. A ministry whose catalogue lacks them has none of their events.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import yaml

from echeance.demo.lives import Fact, office_hour
from shared.domain import (
    Catalogue,
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Extended,
    Reached,
    Received,
    Reopened,
    Withdrawn,
    catalogue,
)
from shared.domain.calendars import BusinessCalendar

_CHECKED, _COMPLAINT = "evaluation-comparative", "plainte"
_CHECK, _ACKNOWLEDGED = "etablissement", "accuse"
_EXTENSION, _SERVICE, _ACKNOWLEDGEMENT = "enquete", "plainte-suivie", "plainte-accuse"

_CHECKED_SHARE = 0.3
_LONG_CHECK_DAYS = 30
_EXTENDED_SHARE = 0.5
_EXTENDED_AFTER_DAYS = (8, 13)
"""Business days after the reception: before the fifteenth, which is the last."""
_ACKNOWLEDGED_AFTER_DAYS = (0.1, 0.3, 0.28, 0.16, 0.06, 0.04, 0.03, 0.02, 0.01)
"""How many complaints are acknowledged after 0, 1, 2… business days: the fifth is the last."""

_ENDS = (Decided, Withdrawn)


def demo_catalogue(shipped: Catalogue) -> Catalogue:
    """The shipped catalogue with the rules of the demo, under a name of its own."""
    document = yaml.safe_load(shipped.text)
    added = yaml.safe_load(_RULES)
    standards = document["standards"]
    standards |= added.pop("standards")
    document["words"] |= added.pop("words")
    document |= added
    standards[_CHECKED]["terms"][0]["waiting"] = {
        "remind_after": {"business_days": _LONG_CHECK_DAYS}
    }
    standards[_COMPLAINT]["terms"][0]["extensions"] = {
        _EXTENSION: {"by": {"business_days": 10}, "at_most": 1}
    }
    return catalogue.load_catalogue_text(
        yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "demo"
    )


class OwnRules:
    """Adds to the life of a file what the rules of the demo bring; a generator of its own draws it."""

    def __init__(self, catalogue: Catalogue, calendar: BusinessCalendar, random: Random) -> None:
        self._apply = _SERVICE in catalogue.services
        self._calendar = calendar
        self._random = random

    def follow(self, facts: list[Fact]) -> list[Fact]:
        """The facts of a file in the order in which they happen, those of the demo's rules among them."""
        standard = facts[0].data["standard"]
        if self._apply and standard == _CHECKED:
            return self._check(facts)
        if self._apply and standard == _COMPLAINT:
            return self._complain(facts)
        return facts

    def _check(self, facts: list[Fact]) -> list[Fact]:
        """Some requests that were answered were made to the institution, not to the client."""
        answered = {fact.data["request_id"] for fact in facts if fact.kind is DocumentsReceived}
        if not answered or self._random.random() >= _CHECKED_SHARE:
            return facts
        return [
            fact._replace(data={**fact.data, "kind": _CHECK})
            if fact.kind is DocumentsRequested and fact.data["request_id"] in answered
            else fact
            for fact in facts
        ]

    def _complain(self, facts: list[Fact]) -> list[Fact]:
        """A complaint is acknowledged, each time that it begins, and some are extended."""
        received = facts[0]
        found = [received._replace(data={**received.data, "standard": _SERVICE}), *facts[1:]]
        for number, fact in enumerate(facts):
            if fact.kind is Received or fact.kind is Reopened:
                ends = next((one.time for one in facts[number:] if one.kind in _ENDS), None)
                found += self._steps(fact.time, ends)
        return sorted(found, key=lambda fact: fact.time)

    def _steps(self, began: datetime, ends: datetime | None) -> list[Fact]:
        """The acknowledgement and the extension of a cycle, where it has not ended before."""
        random = self._random
        days = random.choices(range(len(_ACKNOWLEDGED_AFTER_DAYS)), _ACKNOWLEDGED_AFTER_DAYS)[0]
        found = [Fact(self._after(began, days), Reached, {"milestone": _ACKNOWLEDGED})]
        if random.random() < _EXTENDED_SHARE:
            extended_at = self._after(began, random.randint(*_EXTENDED_AFTER_DAYS))
            found.append(Fact(extended_at, Extended, {"extension": _EXTENSION}))
        return [fact for fact in found if ends is None or fact.time < ends]

    def _after(self, began: datetime, days: int) -> datetime:
        """An office hour so many business days later."""
        calendar = self._calendar
        day = calendar.business_day_from(calendar.local_day(began))
        if days:
            day = calendar.advance(day, days)
        at = calendar.midnight(day) + office_hour(self._random)
        return at if at > began else began + timedelta(minutes=self._random.randint(20, 90))


_RULES = f"""
catalogue: mifi-2021-10-demo
name:
  fr: Déclaration d’octobre 2021, et trois règles inventées pour la démonstration
  en: Declaration of October 2021, and three rules made up for the demonstration
milestones: [{_ACKNOWLEDGED}]
requests:
  {_CHECK}: {{party: other}}
services:
  {_SERVICE}: {{standards: [{_ACKNOWLEDGEMENT}, {_COMPLAINT}]}}
words:
  {_ACKNOWLEDGED}: {{fr: accusé de réception, en: acknowledgement}}
  {_CHECK}: {{fr: vérification auprès de l’établissement, en: check with the institution}}
  {_EXTENSION}: {{fr: enquête complémentaire, en: further inquiry}}
  {_SERVICE}: {{fr: plainte ou commentaire, en: complaint or comment}}
standards:
  {_ACKNOWLEDGEMENT}:
    name: {{fr: Accusé de réception des plaintes, en: Acknowledgement of complaints}}
    closes_with: {{fr: accusé de réception, en: acknowledgement}}
    source: {{fr: Règle inventée pour la démonstration, en: Rule made up for the demonstration}}
    ends_with: {_ACKNOWLEDGED}
    terms:
      - limit: {{business_days: 5}}
        target_percent: 90
        thresholds: {{at_risk: 2, critical: 1}}
        summary:
          fr: Accuser réception d’une plainte ou d’un commentaire dans un délai de 5 jours ouvrables suivant sa réception, dans 90 % des cas.
          en: Acknowledge a complaint or a comment within 5 business days of receiving it, in 90% of cases.
"""
