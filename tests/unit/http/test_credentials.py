"""The credentials file: tokens made once, kept as hashes, and gone as soon as they are revoked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.http.credentials import Credentials, CredentialsError, ExpiredTokenError, Principal
from tests.builders import SOURCE

NOW = datetime(2025, 5, 1, 12, 0, tzinfo=UTC)


def credentials(folder: Path) -> Credentials:
    return Credentials(folder / "credentials.json")


def test_a_token_names_who_may_what(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    publisher = store.create("caq", ["publish", "read"], created=NOW, sources=[SOURCE])
    reader = store.create("laval", ["read"], created=NOW, units=["laval"])
    assert store.authenticate(publisher) == Principal(
        "caq", frozenset({"publish", "read"}), frozenset({SOURCE}), None, token=publisher[4:12]
    )
    assert store.authenticate(reader) == Principal(
        "laval", frozenset({"read"}), frozenset(), frozenset({"laval"}), token=reader[4:12]
    )


def test_a_token_is_256_random_bits_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    tokens = [store.create(f"t{number}", ["read"], created=NOW) for number in range(5)]
    assert len(set(tokens)) == 5
    assert all(re.fullmatch(r"ech_[A-Za-z0-9_-]{43}", token) for token in tokens)
    file = (tmp_path / "credentials.json").read_text()
    assert not any(token[4:] in file for token in tokens)
    assert all(hashlib.sha256(token.encode()).hexdigest() in file for token in tokens)


def test_the_file_is_readable_by_its_owner_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    store = credentials(tmp_path / "data")
    store.create("one", ["read"], created=NOW)
    store.create("two", ["read"], created=NOW)
    [file] = (tmp_path / "data").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_whoever_may_read_the_file_may_read_what_replaces_it(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    Credentials(file).create("first", ["read"], created=NOW)
    file.chmod(0o644)
    Credentials(file).create("second", ["read"], created=NOW)
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("token", ["", "ech_", "ech_" + "A" * 43, "Bearer x", "é" * 47, "\ud800"])
def test_a_token_that_was_not_made_here_is_nobody(tmp_path: Path, token: str) -> None:
    store = credentials(tmp_path)
    store.create("one", ["read"], created=NOW)
    assert store.authenticate(token) is None


def test_without_a_file_nobody_is_known(tmp_path: Path) -> None:
    assert credentials(tmp_path).authenticate("ech_" + "A" * 43) is None
    assert credentials(tmp_path).listing() == ()


def test_a_token_made_or_revoked_by_another_process_counts_at_once(tmp_path: Path) -> None:
    serving, command = credentials(tmp_path), credentials(tmp_path)
    for _ in range(20):
        token = command.create("one", ["read"], created=NOW)
        assert serving.authenticate(token) is not None
        command.revoke("one")
        assert serving.authenticate(token) is None


def test_the_listing_tells_everything_but_tokens(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    store.create("caq", ["read", "publish"], created=NOW, sources=[SOURCE])
    store.create("laval", ["read"], created=NOW, units=["laval"])
    shown = [(one.name, one.scopes, one.sources, one.units) for one in store.listing()]
    assert shown == [
        ("caq", ("publish", "read"), (SOURCE,), ()),
        ("laval", ("read",), (), ("laval",)),
    ]
    assert all(one.created == NOW for one in store.listing())


@pytest.mark.parametrize(
    ("name", "scopes", "sources", "message"),
    [
        ("caq", ["read"], [], "already named"),
        ("a b", ["read"], [], "not a name"),
        ("", ["read"], [], "not a name"),
        ("new", [], [], "none"),
        ("new", ["write"], [], "write"),
        ("new", ["publish"], [], "sources"),
        ("new", ["read"], [SOURCE], "sources"),
        ("new", ["publish"], ["a b"], "URI reference"),
        ("new", ["publish"], [""], "URI reference"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    tmp_path: Path, name: str, scopes: Collection[str], sources: Collection[str], message: str
) -> None:
    store = credentials(tmp_path)
    store.create("caq", ["read"], created=NOW)
    with pytest.raises(CredentialsError, match=message):
        store.create(name, scopes, created=NOW, sources=sources)
    assert [one.name for one in store.listing()] == ["caq"]
    store.create("after", ["read"], created=NOW)


def test_revoking_an_unknown_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="no token"):
        credentials(tmp_path).revoke("nobody")


def test_two_commands_never_change_the_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "credentials.json.new").touch()
    with pytest.raises(CredentialsError, match="another command"):
        credentials(tmp_path).create("one", ["read"], created=NOW)
    assert (tmp_path / "credentials.json.new").exists()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}x", b"\xff", b'{"tokens":[{"name":1}]}', b'{"version":2}']
)
def test_a_file_that_is_not_one_lets_nobody_in(tmp_path: Path, content: bytes) -> None:
    store = credentials(tmp_path)
    token = store.create("one", ["read"], created=NOW)
    assert store.authenticate(token)
    (tmp_path / "credentials.json").write_bytes(content)
    for _ in range(2):
        with pytest.raises(CredentialsError, match="not a credentials file"):
            store.authenticate(token)


def test_a_credentials_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    token = store.create("caq", ["publish"], created=NOW, sources=[SOURCE])
    entry = json.loads((tmp_path / "credentials.json").read_text())["tokens"][0]
    assert entry.keys().isdisjoint({"prefixes", "standards"})
    earlier = {"tokens": [entry | {"units": []}], "version": 1}
    (tmp_path / "credentials.json").write_text(json.dumps(earlier))
    principal = store.authenticate(token)
    assert principal is not None and principal.standards is None
    assert principal.reservations.against("CAQ-1") is None


class _Wall:
    """A wall clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_token_ends_when_it_was_told_to_and_one_without_an_end_does_not(tmp_path: Path) -> None:
    wall = _Wall()
    store = Credentials(tmp_path / "credentials.json", wall)
    short = store.create("short", ["read"], created=NOW, expires=NOW + timedelta(days=90))
    endless = store.create("endless", ["read"], created=NOW)
    wall.now = NOW + timedelta(days=90) - timedelta(microseconds=1)
    assert store.authenticate(short) is not None and store.named("short") is not None
    assert store.ends() == {"short": NOW + timedelta(days=90)}
    wall.now += timedelta(microseconds=1)
    with pytest.raises(ExpiredTokenError) as caught:
        store.authenticate(short)
    assert caught.value.principal.name == "short"
    assert store.named("short") is None
    wall.now += timedelta(days=36_500)
    assert store.authenticate(endless) is not None


def test_without_a_clock_a_token_with_an_end_is_refused(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    token = store.create("short", ["read"], created=NOW, expires=NOW + timedelta(days=90))
    with pytest.raises(ExpiredTokenError):
        store.authenticate(token)


def test_a_token_is_never_made_that_has_ended(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="already"):
        credentials(tmp_path).create("late", ["read"], created=NOW, expires=NOW)


def test_a_rotation_keeps_the_name_and_the_permissions_and_ends_the_old_secret(
    tmp_path: Path,
) -> None:
    wall = _Wall()
    store = Credentials(tmp_path / "credentials.json", wall)
    year, week = timedelta(days=365), timedelta(days=7)
    limits = {"sources": [SOURCE], "units": ["laval"], "standards": ["peq"], "prefixes": ["CAQ-"]}
    old = store.create("caq", ["publish"], created=NOW, expires=NOW + year, **limits)
    before = store.authenticate(old)
    new = store.rotate("caq", created=NOW, expires=NOW + 2 * year, overlap=week)
    assert before is not None
    assert store.authenticate(old) == before
    assert store.authenticate(new) == before._replace(token=new[4:12])
    assert store.named("caq") == before._replace(token=""), "no secret of it was used"
    assert store.ends() == {"caq": NOW + 2 * year}
    wall.now += week
    with pytest.raises(ExpiredTokenError):
        store.authenticate(old)
    third = store.rotate("caq", created=wall.now, expires=None, overlap=timedelta(0))
    assert [one.begins for one in store.listing()] == [new[4:12], third[4:12]]
    with pytest.raises(ExpiredTokenError):
        store.authenticate(new)
    store.revoke("caq")
    assert store.authenticate(third) is None and store.listing() == ()


def test_a_rotation_never_lets_a_secret_live_longer(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    soon = NOW + timedelta(days=2)
    store.create("a", ["read"], created=NOW, expires=soon)
    store.rotate("a", created=NOW, expires=None, overlap=timedelta(days=7))
    assert [one.expires for one in store.listing()] == [soon, None]
    with pytest.raises(CredentialsError, match="before the old one"):
        store.rotate("a", created=NOW, expires=soon, overlap=timedelta(days=7))
    with pytest.raises(CredentialsError, match="no token is named"):
        store.rotate("b", created=NOW, expires=None, overlap=timedelta(0))


def test_a_token_is_found_by_its_beginning_and_by_nothing_shorter(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    token = store.create("caq", ["read"], created=NOW)
    store.create("other", ["read"], created=NOW)
    for text in (token, token[:12], token[4:12], f" {token[:20]}\n"):
        assert [one.name for one in store.beginning_with(text)] == ["caq"]
    assert store.beginning_with("ech_AAAAAAAA") == []
    for text in ("", "ech_", token[:11], "a b"):
        with pytest.raises(CredentialsError, match="first eight"):
            store.beginning_with(text)


def test_a_file_from_before_tokens_ended_is_read_as_it_was(tmp_path: Path) -> None:
    store = Credentials(tmp_path / "credentials.json", _Wall())
    token = store.create("old", ["read"], created=NOW)
    path = tmp_path / "credentials.json"
    path.write_text(re.sub(r',\s*"begins": "[^"]*"', "", path.read_text()))
    assert "begins" not in path.read_text()
    known = store.authenticate(token)
    assert known is not None and known.token == ""
    [one] = store.listing()
    assert (one.begins, one.expires) == ("", None)


def test_a_token_that_audits_sees_every_unit(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    assert store.authenticate(store.create("auditor", ["audit"], created=NOW)) is not None
    with pytest.raises(CredentialsError, match="audit sees every unit"):
        store.create("some", ["audit"], created=NOW, units=["laval"])
