"""``supervisors.yaml`` is read strictly: a fault has its line and column, in both languages."""

from __future__ import annotations

import pytest

from services.compliance.notifications.supervisors import load
from shared.domain.strict_yaml.reader import FaultsError
from shared.text.texts import Text
from tests.builders import CATALOGUE
from tests.paths import ROOT

DEPLOYED = ROOT / "deploy" / "alertmanager"
EXAMPLE = (DEPLOYED / "supervisors.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("sender: echeance@example.org", "sender: nobody", "3:9: sender: write an e-mail address"),
        ("host: mail.example.org:587", "host: mail", "5:9: mail_server.host: write a host and its"),
        ("  user: echeance\n", "", "5:3: mail_server: give user and password_file together"),
        ("first: 2026", "first: 2060", "8:8: years: last must not be before first"),
        ("last: 2030", "last: 2060", "8:8: years: the calendar 'qc-legal' covers 2010 to 2050"),
        ("  friday: [", "  saturday: [", "14:13: opening_hours.saturday: saturday is no working"),
        ("08:00-16:30", "8-16:30", '10:12: opening_hours.monday.0: write opening hours as "08:00'),
        ("  laval: {", "  atlantis: {", "18:13: units.atlantis: the catalogue has no unit"),
        ("  quebec: {emails: [chefs.quebec@example.org]}", "  quebec: {}", "17:11: units.quebec"),
        ("https://chat", "chat", "18:55: units.laval.webhook: write an address that begins"),
        ("others:", "other:", "other: "),
        ("fr  ", "de  ", "2:11: language: "),
        ("direction: {emails: [direction@example.org]}", "direction: {}", "23:12: direction: give"),
        ("[direction@", "[", "23:22: direction.emails.0: write an e-mail address alone"),
        (
            'webhook: "https://chat.example.org/hooks/laval"',
            'slack: {api_url_file: "https://hooks.slack.com/services/T0/B0/secret"}',
            "units.laval.slack.api_url_file: the address is a secret: put it into a file",
        ),
        (
            'webhook: "https://chat.example.org/hooks/laval"',
            "teams: {webhook_url_file: teams-url}",
            "units.laval.teams.webhook_url_file: write a file's whole path",
        ),
        (
            'webhook: "https://chat.example.org/hooks/laval"',
            'slack: {api_url_file: /etc/a, channel: "two words"}',
            'units.laval.slack.channel: write a channel as "#delays"',
        ),
        (
            "https://chat.example.org/hooks/laval",
            "https://hooks.slack.com/services/T0/B0/secret",
            "units.laval.webhook: Slack takes no general webhook: write slack",
        ),
        (
            "https://chat.example.org/hooks/laval",
            "https://x.webhook.office.com/secret",
            "units.laval.webhook: Teams takes no general webhook: write teams",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(old: str, new: str, expected: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(FaultsError) as refused:
        load(EXAMPLE.replace(old, new, 1), CATALOGUE, "s.yaml")
    assert expected in str(refused.value)
    for fault in refused.value.faults:
        assert isinstance(fault.message, Text) and fault.message.fr != fault.message.en, fault
