"""Business-day calendars: which days count, opening hours, holidays and their law."""

from shared.domain.calendars import calendar_file
from shared.domain.calendars.calendar import ALWAYS, ONE_DAY, BusinessCalendar, CoverageError
from shared.domain.calendars.calendar_file import (
    WEEKDAYS,
    BilingualText,
    CalendarData,
    Coverage,
    Day,
    Intervals,
    Languages,
    StrictModel,
    Weekday,
    Zone,
)
from shared.domain.calendars.holidays import HolidayError
