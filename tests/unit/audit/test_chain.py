"""What happens to a chain shows: a change, a removal, another order, a cut that a written head tells of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.audit.chain import (
    MOST_REPEATED,
    Chain,
    ChainFault,
    Head,
    ReadLine,
    Verification,
    checkpointed,
    digest_of,
    forgotten,
    read_line,
    verify_chains,
    without_file,
)
from shared.audit.record import decode_record

AT = datetime(2025, 5, 1, 12, tzinfo=UTC)


def sealed(chain: Chain, number: int, kind: str = "access") -> bytes:
    return chain.seal(at=AT, kind=kind, by="token", name=f"n{number}", file=f"F-{number}", salt="s")


def written(writers: Sequence[int]) -> tuple[list[bytes], dict[str, Head]]:
    """Lines of several chains, in the order in which their writers wrote; and their heads."""
    chains = {number: Chain(f"w{number}") for number in writers}
    lines = [sealed(chains[number], place) for place, number in enumerate(writers)]
    return lines, {chain.writer: chain.head for chain in chains.values()}


def verified(
    lines: Iterable[bytes],
    kept_from: Mapping[str, Head] | None = {},
    claims: Iterable[tuple[str, Head]] = (),
) -> Verification:
    async def each() -> AsyncIterator[ReadLine]:
        for line in lines:
            yield read_line(line)

    return asyncio.run(verify_chains(each(), kept_from, claims))


def test_a_line_without_its_file_has_the_digest_of_the_line_with_it() -> None:
    chain = Chain("w")
    line = sealed(chain, 1)
    left, is_record = without_file(line, "F-1")
    assert is_record and b"F-1" not in left and decode_record(left).file_forgotten
    assert digest_of(left, decode_record(left)) == chain.head.sha256
    assert without_file(b"\xff F-1!", "F-1") == (b"\xff [\xe2\x80\xa6]!", False)
    assert not decode_record(chain.seal(at=AT, kind="opened", by="process")).file_forgotten


ORDERS = st.lists(st.integers(0, 2), min_size=1, max_size=20)


@given(ORDERS)
def test_chains_as_they_were_written_have_no_fault(writers: list[int]) -> None:
    lines, heads = written(writers)
    result = verified(lines, claims=heads.items())
    assert (result.faults, result.heads, result.records) == ([], heads, len(lines))
    assert result.unclosed == sorted(heads)


@given(ORDERS, st.data())
def test_a_line_that_is_changed_shows(writers: list[int], data: st.DataObject) -> None:
    lines, heads = written(writers)
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = lines[place].replace(b'"name":"n', b'"name":"m')
    assert verified(lines, claims=heads.items()).faults


@given(ORDERS, st.data())
def test_a_line_that_is_removed_shows(writers: list[int], data: st.DataObject) -> None:
    lines, heads = written(writers)
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    assert verified(lines, claims=heads.items()).faults


@given(st.integers(2, 20), st.data())
def test_two_lines_that_change_places_show(count: int, data: st.DataObject) -> None:
    lines, heads = written([0] * count)
    one, other = data.draw(st.sets(st.integers(0, count - 1), min_size=2, max_size=2))
    lines[one], lines[other] = lines[other], lines[one]
    assert verified(lines, claims=heads.items()).faults


@given(st.integers(2, 20), st.data())
def test_a_cut_shows_by_a_head_that_was_written_down_and_not_otherwise(
    count: int, data: st.DataObject
) -> None:
    lines, heads = written([0] * count)
    kept = data.draw(st.integers(1, count - 1))
    assert verified(lines[:kept]).faults == []
    assert verified(lines[:kept], claims=heads.items()).faults == [ChainFault("cut", "w0", count)]
    assert verified([], claims=heads.items()).faults == [ChainFault("cut", "w0", count)]


@given(st.integers(2, 20), st.data())
def test_what_was_removed_after_its_time_is_no_fault_and_what_follows_is_held_to_it(
    count: int, data: st.DataObject
) -> None:
    lines, heads = written([0] * count)
    gone = data.draw(st.integers(1, count))
    head = Head(gone, digest_of(lines[gone - 1], decode_record(lines[gone - 1])))
    claims = [*heads.items(), ("w0", Head(1, digest_of(lines[0], decode_record(lines[0]))))]
    assert verified(lines[gone:], {"w0": head}, claims).faults == []
    assert verified(lines[gone:], None, claims if gone < count else ()).faults == []
    if gone < count:
        forged = head._replace(sha256="f" * 64)
        assert verified(lines[gone:], {"w0": forged}).faults == [ChainFault("changed", "w0", gone)]
        assert verified(lines[gone:]).faults == [ChainFault("missing", "w0", 1)]


def test_a_chain_that_was_written_anew_shows_by_a_head_that_was_written_down() -> None:
    lines, heads = written([0, 0, 0])
    again = Chain("w0")
    forged = [sealed(again, number + 5) for number in range(3)]
    assert verified(forged).faults == []
    assert verified(forged, claims=heads.items()).faults == [ChainFault("changed", "w0", 3)]
    assert lines != forged


def test_an_append_that_was_repeated_is_no_fault_and_another_text_in_its_place_is() -> None:
    lines, _ = written([0] * 6)
    assert verified([*lines, *lines[2:]]).faults == []
    other = lines[3].replace(b'"name":"n', b'"name":"m')
    assert verified([*lines, other]).faults == [ChainFault("repeated", "w0", 4)]
    many, _ = written([0] * (MOST_REPEATED + 2))
    assert verified([*many, many[0]]).faults == [ChainFault("reordered", "w0", 1)]


def test_a_line_that_is_no_record_is_named_by_its_place() -> None:
    lines, _ = written([0, 0])
    assert verified([lines[0], b"{", lines[1]]).faults == [ChainFault("unreadable", "", 2)]


@given(ORDERS, st.data())
def test_a_file_is_forgotten_and_its_chain_still_verified(
    writers: list[int], data: st.DataObject
) -> None:
    lines, heads = written(writers)
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = forgotten(decode_record(lines[place]))
    assert b"F-%d" % place not in lines[place]
    assert verified(lines, claims=heads.items()).faults == []
    again = forgotten(decode_record(lines[place]))
    assert again == lines[place]


def test_another_file_in_the_place_of_one_shows() -> None:
    lines, heads = written([0, 0])
    lines[0] = lines[0].replace(b'"file":"F-0"', b'"file":"F-9"')
    assert verified(lines, claims=heads.items()).faults == [ChainFault("changed", "w0", 1)]


def test_a_checkpoint_names_heads_and_a_chain_its_end() -> None:
    chain = Chain("w0")
    lines = [sealed(chain, 1)]
    heads = {"w1": [7, "a" * 64]}
    lines.append(chain.seal(at=AT, kind="checkpoint", by="process", detail={"heads": heads}))
    lines.append(sealed(chain, 2, "closed"))
    named = list(checkpointed(decode_record(lines[1])))
    assert named == [("w1", Head(7, "a" * 64))]
    result = verified(lines, claims=named)
    assert (result.faults, result.unclosed) == ([ChainFault("cut", "w1", 7)], [])
