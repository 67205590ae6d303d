"""What is given as a file and is none ends in an error that says so, at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.process import regular_files
from shared.process.regular_files import UnusableFileError


def refused(path: Path) -> UnusableFileError:
    with pytest.raises(UnusableFileError) as caught:
        regular_files.read_text(path)
    return caught.value


def test_a_pipe_that_nobody_writes_to_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in str(refused(tmp_path / "pipe"))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(path: str) -> None:
    assert "not a regular file" in str(refused(Path(path)))


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert "is a directory" in str(refused(tmp_path))


def test_a_path_with_a_nul_is_refused() -> None:
    assert "NUL" in str(refused(Path("a\0b")))


def test_a_file_too_long_for_its_kind_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(10_000_000_000)
    assert "larger than 1024 KiB" in str(refused(tmp_path / "long"))


def test_another_encoding_is_told_with_its_line_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("source: a\nname: Québec\n".encode("cp1252"))
    error = refused(tmp_path / "latin")
    assert error.text.en == "not UTF-8 text (byte 0xe9, line 2): save it as UTF-8"
    assert "octet 0xe9, ligne 2" in error.text.fr


def test_a_mark_at_the_beginning_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "marked").write_bytes(b"\xef\xbb\xbfsource: a\n")
    assert regular_files.read_text(tmp_path / "marked") == "source: a\n"
