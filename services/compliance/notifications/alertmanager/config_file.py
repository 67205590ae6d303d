"""Alertmanager's configuration, from ``supervisors.yaml`` and the calendar.

Pure: returns text. Alerts of files are grouped and routed by unit, those of missed targets to the
direction, in opening hours of business days only. Holidays are listed by year, as Alertmanager has
no calendar; names of commitments are in the templates, as it has no catalogue.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from services.compliance.notifications.messages import name_on_one_line
from services.compliance.notifications.supervisors import Directory, Supervisors
from shared.domain import Catalogue
from shared.domain.calendars import WEEKDAYS, Weekday
from shared.text import Language

TEMPLATE = "echeance.tmpl"
"""The file of templates, beside the configuration."""

_HEAD = """\
# Written by `echeance alertmanager-config`: change supervisors.yaml, not this file.
# group_interval: news of a group within it makes one message. repeat_interval: daily, and less than a day, for a repeat waits for the
# next group_interval and would come later each day; of the direction as long as Alertmanager remembers what it sent (five days).
"""
_TARGETS = (
    "EcheanceAttainmentBelowTarget",
    "EcheanceLateBudgetOvercommitted",
    "EcheanceLateBudgetPace",
)
"""Prometheus alerts: a commitment misses its target, or will."""
_OPEN, _HOLIDAYS = "opening-hours", "holidays"
_OTHERS, _DIRECTION, _OPERATIONS = "others", "direction", "operations"
TEAMS_SINCE = (0, 28)
"""The first version of Alertmanager with receivers for Teams."""


def configuration(directory: Directory, catalogue: Catalogue) -> str:
    """The text of ``alertmanager.yml``."""
    units = sorted(directory.units)
    config = {
        "global": _mail(directory),
        "templates": [TEMPLATE],
        "route": {
            "receiver": _OPERATIONS,
            "group_by": ["unit"],
            "group_wait": "30s",
            "group_interval": "15m",
            "repeat_interval": "23h",
            "routes": [
                *_to_direction(directory),
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
            *(
                _receiver(f"unit-{unit}", directory.units[unit], directory, "unit")
                for unit in units
            ),
            _receiver(_OTHERS, directory.others, directory, "unit"),
            *(_receiver(_DIRECTION, one, directory, _DIRECTION) for one in _direction(directory)),
            _receiver(_OPERATIONS, directory.operations, directory, _OPERATIONS),
        ],
    }
    return _HEAD + yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=120)


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


def _to_direction(directory: Directory) -> Sequence[Mapping[str, Any]]:
    if directory.direction is None:
        return ()
    targets = _route(_DIRECTION, f'alertname=~"{"|".join(_TARGETS)}"')
    return [{**targets, "repeat_interval": "119h"}]


def _inhibits(graver: str, milder: str) -> Mapping[str, Any]:
    return {
        "source_matchers": ['alertname="EcheanceBreach"', f'stage="{graver}"'],
        "target_matchers": ['alertname="EcheanceBreach"', f'stage=~"{milder}"'],
        "equal": ["file", "cycle"],
    }


def _time_intervals(directory: Directory, catalogue: Catalogue) -> Sequence[Mapping[str, Any]]:
    calendar = catalogue.calendar(directory.calendar)
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
    """A day's hours for Alertmanager: the part after midnight belongs to the next day."""
    opens, closes = written.split("-")
    if opens < closes:
        yield weekday, {"start_time": opens, "end_time": closes}
        return
    yield weekday, {"start_time": opens, "end_time": "24:00"}
    if closes != "00:00":
        next_day = WEEKDAYS[(WEEKDAYS.index(weekday) + 1) % len(WEEKDAYS)]
        yield next_day, {"start_time": "00:00", "end_time": closes}


def _direction(directory: Directory) -> Sequence[Supervisors]:
    return [] if directory.direction is None else [directory.direction]


def _receiver(
    name: str, supervisors: Supervisors, directory: Directory, about: str
) -> Mapping[str, Any]:
    """A receiver with our templates about units or targets, and no notice of resolved alerts.

    Operations get Alertmanager's own templates, and resolved alerts too.
    """
    ours = about != _OPERATIONS
    words = _words(about, directory.spoken(supervisors)) if ours else {}
    how, receiver = {"send_resolved": not ours}, dict[str, Any](name=name)
    if supervisors.emails:
        to = ", ".join(supervisors.emails)
        receiver["email_configs"] = [{"to": to, **how, **words.get("email", {})}]
    if supervisors.slack is not None:
        where = supervisors.slack.model_dump(exclude_none=True)
        receiver["slack_configs"] = [{**where, **how, **words.get("slack", {})}]
    if supervisors.teams is not None:
        where = supervisors.teams.model_dump()
        receiver["msteamsv2_configs"] = [{**where, **how, **words.get("teams", {})}]
    if supervisors.webhook is not None:
        receiver["webhook_configs"] = [{"url": supervisors.webhook, **how}]
    return receiver


def _words(about: str, spoken: Language) -> Mapping[str, Any]:
    """The templates of each kind of receiver."""
    subject, html, text, slack, teams = (
        f'{{{{ template "echeance.{about}.{part}.{spoken}" . }}}}'
        for part in ("subject", "html", "text", "slack", "teams")
    )
    return {
        "email": {"headers": {"Subject": subject}, "html": html, "text": text},
        "slack": {"title": subject, "text": slack},
        "teams": {"title": subject, "text": teams},
    }


def needs_teams(directory: Directory) -> bool:
    """Whether the configuration has receivers for Teams, which need :data:`TEAMS_SINCE`."""
    everybody = (*directory.units.values(), directory.others, directory.operations)
    return any(one.teams is not None for one in (*everybody, *_direction(directory)))


def templates(shipped: str, catalogue: Catalogue, public_url: str) -> str:
    """The text of ``echeance.tmpl``: shipped templates, names of commitments, links.

    A name is a string literal of Go templates, so that nothing in it is interpreted.
    """
    names = [_names(catalogue, spoken) for spoken in ("fr", "en")]
    page = f"{public_url.rstrip('/')}/attainment" if public_url else ""
    links = _LINKS.format(link=json.dumps(page, ensure_ascii=False)) if page else _NO_LINKS
    return "\n".join([shipped.rstrip("\n"), "", *names, links])


_LINKS = """
{{{{ define "echeance.direction.link" }}}}
{{{{ {link} }}}}{{{{ end }}}}
{{{{ define "echeance.direction.anchor.fr" }}}}<a href="{{{{ {link} }}}}">Atteinte des cibles</a>{{{{ end }}}}
{{{{ define "echeance.direction.anchor.en" }}}}<a href="{{{{ {link} }}}}">Attainment</a>{{{{ end }}}}
"""
_NO_LINKS = """
{{ define "echeance.direction.link" }}{{ end }}
{{ define "echeance.direction.anchor.fr" }}{{ end }}
{{ define "echeance.direction.anchor.en" }}{{ end }}
"""


def _names(catalogue: Catalogue, spoken: Language) -> str:
    written = [f'{{{{ define "echeance.standard.{spoken}" -}}}}']
    condition = "{{ if"
    for identifier, standard in catalogue.standards.items():
        name = json.dumps(name_on_one_line(standard.name, spoken), ensure_ascii=False)
        written.append(f'{condition} eq . "{identifier}" }}}}{{{{ {name} }}}}')
        condition = "{{- else if"
    return "\n".join([*written, "{{- else }}{{ . }}{{ end -}}", "{{ end }}"])
