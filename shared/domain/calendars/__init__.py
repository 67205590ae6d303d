"""Business-day calendars: which days count, opening hours, holidays and their law."""

from shared.domain.calendars import calendar_file
from shared.domain.calendars.calendar import ALWAYS, ONE_DAY, BusinessCalendar, HalfDay, Holiday
from shared.domain.calendars.calendar_file import LAST_COVERED_YEAR, CalendarData, Coverage
from shared.domain.calendars.day_table import CoverageError, DayTable
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
