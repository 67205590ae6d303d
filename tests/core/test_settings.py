"""What the environment says becomes settings, or an error that says what to write."""

from pathlib import Path

import pytest

from shared.settings import SettingError, settings

URL = "postgresql+asyncpg://echeance_clock@postgres/echeance"


def test_a_database_without_a_password_file_is_taken_as_written():
    assert settings({"ECHEANCE_DATABASE": URL}).database == URL


def test_the_password_of_a_file_stands_in_the_url_whatever_its_characters(tmp_path: Path):
    file = tmp_path / "password"
    file.write_text("p@ss/wörd:%\n")
    given = settings({"ECHEANCE_DATABASE": URL, "ECHEANCE_DATABASE_PASSWORD_FILE": str(file)})
    assert given.database == (
        "postgresql+asyncpg://echeance_clock:p%40ss%2Fw%C3%B6rd%3A%25@postgres/echeance"
    )


@pytest.mark.parametrize("user", ["", "echeance_clock:word@"])
def test_a_password_file_wants_a_user_without_a_password(tmp_path: Path, user: str):
    given = {
        "ECHEANCE_DATABASE": f"postgresql+asyncpg://{user}postgres/echeance",
        "ECHEANCE_DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
    }
    with pytest.raises(SettingError, match="must name a user and no password"):
        settings(given)


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path):
    missing = tmp_path / "missing"
    given = {"ECHEANCE_DATABASE": URL, "ECHEANCE_DATABASE_PASSWORD_FILE": str(missing)}
    with pytest.raises(SettingError, match=r"ECHEANCE_DATABASE_PASSWORD_FILE.*missing"):
        settings(given)


@pytest.mark.parametrize("seconds", ["1", "14"])
def test_a_loop_may_stand_still_for_long_enough_to_be_seen_at_work(seconds: str):
    with pytest.raises(SettingError, match="0 \\(never\\) or at least 15, not"):
        settings({"ECHEANCE_STALL_SECONDS": seconds})


@pytest.mark.parametrize("seconds", [0, 15])
def test_a_loop_may_stand_still_for_fifteen_seconds_or_for_ever(seconds: int):
    assert settings({"ECHEANCE_STALL_SECONDS": str(seconds)}).stall_seconds == seconds
