"""Days off, half days and extra working days: rules with their law, turned into dates."""

from shared.domain.calendars.holidays.faults import (
    HolidayError,
    HolidayFault,
    outside,
    without_a_day,
)
from shared.domain.calendars.holidays.law import half_days, holidays_by_law
from shared.domain.calendars.holidays.package import PackageSource
from shared.domain.calendars.holidays.rule_file import (
    ExtraWorkingDays,
    HalfDayData,
    HolidayData,
    PackageData,
    Packages,
)
