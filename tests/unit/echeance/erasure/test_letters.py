"""A dead letter goes under its file's key, or where a source of the file published it; nobody else's does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from echeance.erasure.letters import LettersOfFiles, RecordPlace, content_digest
from echeance.erasure.servers import topics_to_rewrite
from shared.domain.events import encode
from shared.domain.records import CONFLICT
from shared.log.dead_letters import dead_letter
from shared.log.ports import FILE_EVENTS, Record, RejectedRecord
from tests.builders import SOURCE, received

GONE = "Dossier-2026-1"
AT = datetime(2026, 11, 1, tzinfo=UTC)
JUDGE = LettersOfFiles({GONE: frozenset((SOURCE,)), "Dossier-2026-2": frozenset()}).judge
NAMING = encode(received("Other", "2026-01-05 09:00", named=GONE))


def letter(
    key: str, value: bytes, *, detail: str = "", topic: str = FILE_EVENTS, source: str | None = None
) -> bytes:
    rejected = RejectedRecord(Record(7, key.encode(), value), CONFLICT, detail)
    return dead_letter(topic, 1, rejected, at=AT, partitions=2, source=source).value


@pytest.mark.parametrize(
    ("stored", "goes", "names"),
    [
        (letter(GONE, b"{"), True, False),
        (letter("Other", NAMING), True, True),
        (letter("Other", NAMING.replace(SOURCE.encode(), b"urn:another")), False, True),
        (letter("Other", b"%b{" % NAMING), False, True),  # nothing vouches for its source
        (letter("Other", NAMING.replace(GONE.encode(), b"Dossier-2026-2")), False, True),
        (letter("Other", NAMING.replace(GONE.encode(), b"Dossier-2026-11")), False, False),
        (letter(GONE, b"x", topic="cases", source="urn:another"), False, True),
        (letter(GONE, b"x", topic="cases", source=SOURCE), True, True),
        (letter("Other", NAMING.replace(GONE.encode(), b"e"), detail=f"{GONE}: no"), True, True),
    ],
)
def test_which_letters_go(stored: bytes, goes: bool, names: bool) -> None:
    verdict = JUDGE(b"", stored)
    assert (verdict.goes, verdict.names) == (goes, names)
    assert (verdict.place is not None) is goes


def test_what_is_no_letter_goes_by_its_key_alone() -> None:
    assert JUDGE(GONE.encode(), b"no letter").goes
    assert not JUDGE(b"Other", b"no letter %b" % GONE.encode()).goes
    assert not JUDGE(GONE.encode(), b"").goes


def test_only_the_record_of_a_letter_is_dropped_with_it() -> None:
    verdict = JUDGE(b"", letter("Other", NAMING))
    assert verdict.place == RecordPlace(FILE_EVENTS, 1, 7)
    assert verdict.files == {GONE}
    digests = {(1, 7): (content_digest(NAMING), verdict.files)}
    drops = topics_to_rewrite({GONE: frozenset()}, digests)[0].files_of
    assert drops(1, Record(7, b"Other", NAMING))
    assert drops(1, Record(99, b"Other", NAMING, (("echeance-origin", b"7"),)))
    assert not drops(0, Record(7, b"Other", NAMING))  # in another partition
    assert not drops(1, Record(8, b"Other", NAMING))
    assert not drops(1, Record(7, b"Other", encode(received("Other", "2026-01-05 09:00"))))
    assert drops(0, Record(3, GONE.encode(), b"x"))
