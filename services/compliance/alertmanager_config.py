"""Alertmanager's configuration, from who supervises what and the calendar.

Pure: gives text. Alerts are grouped by standard and unit, routed by unit, and mailed in opening hours of business days only; the alert
itself is immediate. Alertmanager knows weekdays and dates and no calendar, so holidays are written out, for the years asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from services.compliance.supervisors import Directory, Supervisors
from shared.calendar_data import WEEKDAYS, Weekday
from shared.catalogue import Catalogue

TEMPLATE = "echeance.tmpl"
"""The file of templates, beside the configuration."""

_HEAD = """\
# Written by `echeance alertmanager-config`: change supervisors.yaml, not this file.
# group_interval: news of a group within it makes one message. repeat_interval: daily, and less than a day, for a repeat waits for the
# next group_interval and would come later each day.
"""
_OPEN, _HOLIDAYS = "opening-hours", "holidays"
_OTHERS, _OPERATIONS = "others", "operations"


def configuration(directory: Directory, catalogue: Catalogue) -> str:
    """The text of ``alertmanager.yml``."""
    units = sorted(directory.units)
    written = {
        "global": _mail(directory),
        "templates": [TEMPLATE],
        "route": {
            "receiver": _OPERATIONS,
            "group_by": ["standard", "unit"],
            "group_wait": "30s",
            "group_interval": "15m",
            "repeat_interval": "23h",
            "routes": [
                *(_route(f"unit-{unit}", f'unit="{unit}"') for unit in units),
                _route(_OTHERS, 'unit!=""'),
            ],
        },
        "inhibit_rules": [
            _inhibits("overdue", "critical|at_risk"),
            _inhibits("critical", "at_risk"),
        ],
        "time_intervals": _time_intervals(directory, catalogue),
        "receivers": [
            *(_receiver(f"unit-{unit}", directory.units[unit]) for unit in units),
            _receiver(_OTHERS, directory.others),
            _operations(directory.operations),
        ],
    }
    return _HEAD + yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=120)


def _mail(directory: Directory) -> Mapping[str, Any]:
    server = directory.mail_server
    settings: dict[str, Any] = {
        "smtp_from": directory.sender,
        "smtp_smarthost": server.host,
        "smtp_require_tls": server.tls,
    }
    if server.user is not None:
        settings["smtp_auth_username"] = server.user
        settings["smtp_auth_password_file"] = server.password_file
    return settings


def _route(receiver: str, matcher: str) -> Mapping[str, Any]:
    return {
        "receiver": receiver,
        "matchers": [matcher],
        "active_time_intervals": [_OPEN],
        "mute_time_intervals": [_HOLIDAYS],
    }


def _inhibits(graver: str, milder: str) -> Mapping[str, Any]:
    return {
        "source_matchers": ['alertname="EcheanceBreach"', f'stage="{graver}"'],
        "target_matchers": ['alertname="EcheanceBreach"', f'stage=~"{milder}"'],
        "equal": ["file", "cycle"],
    }


def _time_intervals(directory: Directory, catalogue: Catalogue) -> Sequence[Mapping[str, Any]]:
    calendar = catalogue.calendar(directory.calendar or catalogue.default_calendar)
    zone = str(calendar.zone)
    times: dict[Weekday, list[Mapping[str, str]]] = defaultdict(list)
    for weekday, intervals in directory.opening_hours.items():
        for written in intervals:
            for opened, part in _times(weekday, written):
                times[opened].append(part)
    hours = [
        {"weekdays": [weekday], "times": parts, "location": zone}
        for weekday, parts in times.items()
    ]
    months: dict[tuple[int, int], list[str]] = defaultdict(list)
    for day in sorted(calendar.holidays):
        if directory.years.first <= day.year <= directory.years.last:
            months[day.year, day.month].append(str(day.day))
    holidays = [
        {"years": [str(year)], "months": [str(month)], "days_of_month": days, "location": zone}
        for (year, month), days in months.items()
    ]
    return [
        {"name": _OPEN, "time_intervals": hours},
        {"name": _HOLIDAYS, "time_intervals": holidays},
    ]


def _times(weekday: Weekday, written: str) -> Iterator[tuple[Weekday, Mapping[str, str]]]:
    """The hours of a day as Alertmanager takes them: what goes on after midnight is of the next day."""
    opens, closes = written.split("-")
    if opens < closes:
        yield weekday, {"start_time": opens, "end_time": closes}
        return
    yield weekday, {"start_time": opens, "end_time": "24:00"}
    if closes != "00:00":
        next_day = WEEKDAYS[(WEEKDAYS.index(weekday) + 1) % len(WEEKDAYS)]
        yield next_day, {"start_time": "00:00", "end_time": closes}


def _receiver(name: str, supervisors: Supervisors) -> Mapping[str, Any]:
    """E-mails in our words, and the chat; an alert that ends is not told, for the next message lists what is left."""
    words = {
        "headers": {"Subject": '{{ template "echeance.subject" . }}'},
        "html": '{{ template "echeance.html" . }}',
        "text": '{{ template "echeance.text" . }}',
    }
    return _told(name, supervisors, {"send_resolved": False}, words)


def _operations(supervisors: Supervisors) -> Mapping[str, Any]:
    """Alerts of Prometheus about the system, in Alertmanager's own words; also when they end."""
    return _told(_OPERATIONS, supervisors, {"send_resolved": True}, {})


def _told(
    name: str, supervisors: Supervisors, how: Mapping[str, Any], words: Mapping[str, Any]
) -> Mapping[str, Any]:
    receiver: dict[str, Any] = {"name": name}
    if supervisors.emails:
        receiver["email_configs"] = [{"to": ", ".join(supervisors.emails), **how, **words}]
    if supervisors.webhook is not None:
        receiver["webhook_configs"] = [{"url": supervisors.webhook, **how}]
    return receiver
