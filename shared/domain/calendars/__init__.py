"""Business-day calendars: which days count, opening hours, holidays and their law, and limits counted on them."""

from shared.domain.calendars import calendar_file
from shared.domain.calendars.calendar import ALWAYS, ONE_DAY, BusinessCalendar, HalfDay, Holiday
from shared.domain.calendars.calendar_file import CalendarData, Coverage
from shared.domain.calendars.counted_limits import (
    LONGEST_MONTH_DAYS,
    MICROSECONDS,
    BusinessDayLimit,
    CivilDayLimit,
    CivilSpan,
    Limit,
    LimitAmount,
    Longer,
    OpeningTimeLimit,
    in_seconds,
)
from shared.domain.calendars.coverage import CoverageError
from shared.domain.calendars.holidays import HolidayError
from shared.domain.calendars.values import (
    WEEKDAYS,
    BilingualText,
    Day,
    Intervals,
    Languages,
    StrictModel,
    Weekday,
    Zone,
)
