"""``echeance token``: an end for each, a new secret beside the old one, and a name for one that leaked."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.audit.chain import Chain
from shared.audit.store import AuditStore, TableSink
from shared.database.engine import Database
from shared.http.credentials import Credentials, ExpiredTokenError
from shared.process import runner
from tests.builders import received
from tests.echeance.command import done, echeance, lived, told

READ = ("--scopes", "read")


def listed(*data: object) -> list[str]:
    return [re.sub(r" +", " ", line) for line in done("token", "list", *data).splitlines()]


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ((), "→ {year}"),
        (("--expires", "90d"), "→ {ninety}"),
        (("--expires", "2999-03-31"), "→ 2999-03-31"),
        (("--expires", "never"), "sans fin"),
    ],
)
def test_a_token_ends_in_a_year_or_when_it_is_told_to(
    tmp_path: Path, written: tuple[str, ...], end: str
) -> None:
    data = ("--data", tmp_path)
    done("token", "new", "a", *READ, *written, *data)
    today = datetime.now(UTC).date()  # noqa: TID251 — when the command ran
    days = {"year": today + timedelta(days=365), "ninety": today + timedelta(days=90)}
    [line] = listed(*data)
    assert end.format(**days) in line


@pytest.mark.parametrize("written", ["0d", "x", "90", "-1d", "2025-13-01", ""])
def test_an_end_that_is_none_is_refused_with_what_to_write(tmp_path: Path, written: str) -> None:
    refused = told("token", "new", "a", *READ, "--expires", written, "--data", tmp_path, status=2)
    assert "90d, 2027-03-31" in refused
    past = told("token", "new", "a", *READ, "--expires", "2020-01-01", "--data", tmp_path)
    assert "2020-01-01" in past


def test_a_rotated_token_has_two_secrets_until_the_old_one_ends(tmp_path: Path) -> None:
    data = ("--data", tmp_path)
    old = done("token", "new", "a", *READ, *data).strip()
    new = done("token", "rotate", "a", "--overlap", "7d", *data)
    assert re.fullmatch(r"ech_[A-Za-z0-9_-]{43}\n", new)
    store = Credentials(tmp_path / "credentials.json", runner.now)
    assert store.authenticate(old) is not None
    assert store.authenticate(new.strip()) is not None
    week = datetime.now(UTC).date() + timedelta(days=7)  # noqa: TID251 — when the command ran
    first, second = listed(*data)
    assert old[:12] in first and f"→ {week}" in first
    assert new[:12] in second
    third = done("token", "rotate", "a", "--overlap", "0d", *data).strip()
    with pytest.raises(ExpiredTokenError):
        store.authenticate(new.strip())
    assert store.authenticate(third) is not None
    assert any("fini" in line for line in listed(*data))
    assert "write 7d" in told(
        "token", "rotate", "a", "--overlap", "x", *data, status=2,
        variables={"ECHEANCE_LANGUAGE": "en"},
    )  # fmt: skip


def test_a_token_that_was_found_is_named_without_being_shown(tmp_path: Path) -> None:
    data = ("--data", tmp_path)
    token = done("token", "new", "leaked", *READ, *data).strip()
    done("token", "new", "other", *READ, *data)
    for found in (token, token[:12], token[4:12]):
        line = done("token", "find", found, *data)
        assert line.startswith("leaked") and token not in line
    assert "aucun jeton" in told("token", "find", "ech_AAAAAAAA", *data)
    assert "first eight" in told("token", "find", "ech_A", *data)


def test_a_list_says_when_each_secret_was_last_used(tmp_path: Path) -> None:
    data = lived(tmp_path, received("CAQ-1", "2025-04-28"))
    used = done("token", "new", "used", *READ, "--data", data).strip()
    done("token", "new", "idle", *READ, "--data", data)

    async def use() -> None:
        base = Database(f"sqlite+aiosqlite:///{data / 'echeance.sqlite'}")
        at = datetime(2025, 5, 1, 12, tzinfo=UTC)
        record = {"kind": "access", "by": "token", "name": "used", "token": used[4:12]}
        await TableSink(base).write([Chain("w").seal(at=at, **record)], "w")
        await base.close()

    asyncio.run(use())
    first, second = listed("--data", data)
    assert "utilisé 2025-05-01 12:00" in first
    assert "jamais utilisé" in second


def test_where_services_are_on_kafka_their_credentials_are_listed(tmp_path: Path) -> None:
    """Whose uses the database has: those of a data directory would be of another system."""
    secret = done("token", "new", "publisher", *READ, "--data", tmp_path / "services").strip()
    done("token", "new", "other", *READ, "--data", tmp_path / "data")
    file = next((tmp_path / "services").glob("*.json"))
    variables = {"ECHEANCE_CREDENTIALS": str(file), "ECHEANCE_DATA": str(tmp_path / "data")}
    assert "other" in done("token", "list", variables=variables)
    variables["ECHEANCE_KAFKA"] = "127.0.0.1:1"
    told_of = done("token", "list", variables=variables)
    assert secret[4:12] in told_of
    assert "other" not in told_of
    assert "other" in done("token", "list", "--data", tmp_path / "data", variables=variables)


def test_a_command_records_what_it_changed_and_who_ran_it(tmp_path: Path) -> None:
    data = lived(tmp_path, received("CAQ-1", "2025-04-28"))
    token = done("token", "new", "a", *READ, "--data", data).strip()
    done("token", "rotate", "a", "--data", data)
    done("token", "revoke", "a", "--data", data)
    exported = done("audit", "export", "--kind", "change", "--data", data)
    records = [json.loads(line) for line in exported.splitlines()]
    assert [one["what"] for one in records] == ["token_revoked", "token_rotated", "token_made"]
    assert all(one["by"] == "operator" and one["name"] for one in records)
    assert records[2]["detail"]["token"] == "a"
    assert token not in exported
    assert "6 inscriptions, 3 chaînes, dont 0" in done("audit", "verify", "--data", data)


def test_an_export_is_a_table_that_no_spreadsheet_computes(tmp_path: Path) -> None:
    data = lived(tmp_path, received("CAQ-1", "2025-04-28"))

    async def write() -> None:
        base = Database(f"sqlite+aiosqlite:///{data / 'echeance.sqlite'}")
        chain = Chain("w")
        at = datetime(2025, 5, 1, 12, tzinfo=UTC)
        lines = [
            chain.seal(at=at, kind="access", by="token", name="a", file=file)
            for file in ("=1+1", "CAQ-1")
        ]
        await TableSink(base).write(lines, "w")
        assert len(await AuditStore(base).heads()) == 1
        await base.close()

    asyncio.run(write())
    rows = done("audit", "export", "--format", "csv", "--data", data).splitlines()
    assert rows[0].startswith("writer,seq,at,kind,by,name")
    assert [row.split(",")[11] for row in rows] == ["file", "CAQ-1", "'=1+1"]
    assert len(done("audit", "export", "--file", "CAQ-1", "--data", data).splitlines()) == 1
    target = tmp_path / "out.jsonl"
    done("audit", "export", "--to", target, "--data", data)
    assert target.stat().st_mode & 0o777 == 0o600
    assert len(target.read_text().splitlines()) == 2


def test_a_trail_that_was_cut_is_found_by_heads_that_were_kept_elsewhere(tmp_path: Path) -> None:
    data = lived(tmp_path, received("CAQ-1", "2025-04-28"))
    done("token", "new", "a", *READ, "--data", data)
    heads = tmp_path / "heads.json"
    heads.write_text(done("audit", "heads", "--data", data))

    async def cut() -> None:
        base = Database(f"sqlite+aiosqlite:///{data / 'echeance.sqlite'}")
        async with base.transaction() as connection:
            await connection.exec_driver_sql("DELETE FROM audit_records")
            await connection.exec_driver_sql("DELETE FROM audit_chains")
        await base.close()

    done("audit", "verify", "--heads", heads, "--data", data)
    asyncio.run(cut())
    done("audit", "verify", "--data", data)
    result = echeance("audit", "verify", "--heads", heads, "--data", data)
    assert result.exit_code == 1
    assert "coupée avant l’inscription 2" in result.stdout
    heads.write_text("[]")
    assert "audit heads" in told("audit", "verify", "--heads", heads, "--data", data)
    assert "ECHEANCE_KAFKA" in told("audit", "verify", "--topic", "--data", data)
