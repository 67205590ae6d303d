"""What a standard promises to the files received on one day: the terms in effect, and the limit they make of that day.

Pure. It depends on nothing that happens to a file later, so all the files of a day share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from shared.domain.calendars import BusinessCalendar
from shared.domain.commitments import Standard, Terms
from shared.domain.events import Stage
from shared.domain.limits import Limit, limit_of


class TermsOfDay(msgspec.Struct, frozen=True, gc=False):
    """``in_effect`` is whether the terms are those of the day, or only the nearest ones. ``stages`` says how much remains when each begins."""

    received_on: date
    terms: Terms
    in_effect: bool
    limit: Limit[Any]
    stages: Sequence[tuple[Stage, int]]

    def measures(self, attributes: Mapping[str, str]) -> bool:
        """Whether a file with these attributes is measured, or only followed (rules 9 and 13)."""
        return self.in_effect and self.terms.measures(attributes)


def terms_of_day(standard: Standard, calendar: BusinessCalendar, received_on: date) -> TermsOfDay:
    """The promise made to what is received on a local day."""
    in_effect = standard.terms_on(received_on)
    terms = in_effect or standard.nearest_terms(received_on)
    stages = () if terms.thresholds is None else terms.thresholds.stages()
    limit = limit_of(terms, calendar, received_on)
    return TermsOfDay(received_on, terms, in_effect is not None, limit, stages)
