"""What the environment says becomes settings, or an error that says what to write."""

import traceback
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import SettingError
from shared.process import distributed
from shared.settings import read_settings, secret
from tests.unit.process.environments import variables_read

SECRET = "hunter2"
URL = "postgresql+asyncpg://echeance_clock@postgres/echeance"


VARIABLES = sorted(name.removeprefix("ECHEANCE_") for name in variables_read())
FORMS = (
    "{}",
    "{}:{}",
    "postgresql+asyncpg://user:{}@host/name",
    "postgresql+asyncpg://user:{}@host:{}/name",
    "postgresql+asyncpg://user@host/name?ssl={}",
    "postgresql://user:{}@host/name",
    "postgresql+asyncpg://user:{}@[host/name",
    "smtp://user:{}@mail.example.org",
    "smtp://user:{}@mail.example.org:{}",
    "smtp://mail.example.org/{}",
    "smtps://[{}",
    "https://user:{}@example.org",
    "https://example.org:{}",
    "http://example.org:80,http://:{}@",
    "https://example.org/?token={}",
)


def _all_that_is_told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@given(
    st.sampled_from(VARIABLES),
    st.sampled_from(FORMS),
    st.sampled_from(["", " ", "\n", "\0", "/", "@", "é", "%", "9" * 5_000]),
)
@example("PORT", "{}", "")
@example("DATABASE", "postgresql+asyncpg://user:{}@host/name", "/")
def test_an_error_names_the_variable_and_never_what_it_holds(name: str, form: str, more: str):
    """Whatever stands there: what should be somewhere else may be a password."""
    held = form.format(SECRET + more, SECRET + more)
    environment = {f"ECHEANCE_{name}": held}
    if name == "DATABASE_PASSWORD_FILE":
        environment["ECHEANCE_DATABASE"] = URL
    if name == "SMTP_PASSWORD_FILE":
        environment["ECHEANCE_SMTP"] = "smtps://user@mail.example.org"
    if name.startswith("KAFKA"):
        environment = {"ECHEANCE_KAFKA": "host:9092", "ECHEANCE_KAFKA_USER": "u", **environment}
    try:
        read = read_settings(environment)
        if name.startswith("KAFKA"):
            distributed.kafka_settings(read)
        if name == "SMTP_PASSWORD_FILE":
            assert read.smtp_password_file is not None
            secret(name, read.smtp_password_file)
    except SettingError as error:
        assert f"ECHEANCE_{name}" in str(error) or name.startswith("KAFKA")
        assert SECRET not in _all_that_is_told(error)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", SECRET),
        ("LANGUAGE", SECRET),
        ("STALL_SECONDS", "3"),
        ("DATABASE", f"postgres://user:{SECRET}@host/name"),
        ("DATABASE", f"postgresql+asyncpg://user:x@host:{SECRET}/name"),
        ("DATABASE", f"postgresql+asyncpg://user@host/name?ssl={SECRET}"),
        ("SMTP", f"smtp://user:{SECRET}@mail.example.org"),
        ("SMTP", SECRET),
        ("PUBLIC_URL", f"https://user:{SECRET}@example.org"),
        ("CLOCK_URL", f"http://clock:{SECRET}"),
        ("ALERTMANAGERS", f"http://am:9093,{SECRET}"),
    ],
)
def test_what_cannot_be_used_is_refused_without_being_repeated(variable: str, value: str):
    with pytest.raises(SettingError, match=f"ECHEANCE_{variable} must ") as told:
        read_settings({f"ECHEANCE_{variable}": value})
    assert value not in str(told.value) and SECRET not in _all_that_is_told(told.value)


@pytest.mark.parametrize(
    ("url", "file"), [("smtps://user@mail.example.org", False), ("smtps://mail.example.org", True)]
)
def test_a_mail_server_has_a_user_and_a_password_or_neither(tmp_path: Path, url: str, file: bool):
    environment = {"ECHEANCE_SMTP": url}
    if file:
        environment["ECHEANCE_SMTP_PASSWORD_FILE"] = str(tmp_path / "password")
    with pytest.raises(SettingError, match="if and only if ECHEANCE_SMTP_PASSWORD_FILE"):
        read_settings(environment)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"KAFKA": "broker:9092"}, []),
        ({"KAFKA": "broker:9092", "KAFKA_USER": "u"}, ["SASL_PLAINTEXT"]),
        ({"KAFKA": "127.0.0.1:9092, broker:9092", "KAFKA_USER": "u"}, ["SASL_PLAINTEXT"]),
        ({"KAFKA": "127.0.0.1:9092,[::1]:9092,localhost:1", "KAFKA_USER": "u"}, []),
        ({"KAFKA": "broker:9092", "KAFKA_USER": "u", "KAFKA_CA_FILE": "ca.pem"}, []),
        ({"CLOCK_URL": "http://clock:8080"}, ["ECHEANCE_CLOCK_URL"]),
        ({"CLOCK_URL": "https://clock:8080"}, []),
        ({"CLOCK_URL": "http://127.0.0.1:8080"}, []),
        ({"ALERTMANAGERS": "https://a:9093,http://b:9093"}, ["ECHEANCE_ALERTMANAGERS"]),
        ({"ALERTMANAGERS": "https://a:9093,http://localhost:9093"}, []),
        ({"DATABASE": URL}, ["ssl=verify-full"]),
        ({"DATABASE": URL + "?ssl=require"}, ["ssl=verify-full"]),
        ({"DATABASE": URL + "?ssl=verify-full"}, []),
        ({"DATABASE": "postgresql+asyncpg://u@127.0.0.1:5432/name"}, []),
        ({"DATABASE": "postgresql+asyncpg://u@localhost/name"}, []),
        ({"DATABASE": "postgresql+asyncpg://u@/name?host=/run/postgresql"}, []),
        ({"DATABASE": "postgresql+asyncpg://u@/name?host=db.example.org"}, ["ssl=verify-full"]),
    ],
)
def test_what_crosses_a_network_unprotected_is_told(environment: dict[str, str], told: list[str]):
    read = read_settings({f"ECHEANCE_{name}": value for name, value in environment.items()})
    risks = distributed.unprotected(read)
    assert len(risks) == len(told)
    assert all(word in risk for word, risk in zip(told, risks, strict=True))


@pytest.mark.parametrize(
    ("collector", "told"),
    [
        ("http://127.0.0.1:4318", 0),
        ("http://localhost:4318", 0),
        ("https://collector:4318", 0),
        ("http://collector:4318", 1),
    ],
)
def test_spans_that_cross_a_network_unprotected_are_told(collector: str, told: int):
    read = read_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": collector})
    assert len(distributed.unprotected(read)) == told


def test_a_database_without_a_password_file_is_taken_as_written():
    assert read_settings({"ECHEANCE_DATABASE": URL}).database == URL


def test_the_password_of_a_file_stands_in_the_url_whatever_its_characters(tmp_path: Path):
    file = tmp_path / "password"
    file.write_text("p@ss/wörd:%\n")
    given = read_settings({"ECHEANCE_DATABASE": URL, "ECHEANCE_DATABASE_PASSWORD_FILE": str(file)})
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
        read_settings(given)


def test_a_password_file_that_cannot_be_read_is_told_by_its_variable(tmp_path: Path):
    """And not by its name: the password itself may stand there."""
    given = {"ECHEANCE_DATABASE": URL, "ECHEANCE_DATABASE_PASSWORD_FILE": str(tmp_path / SECRET)}
    with pytest.raises(
        SettingError, match=r"ECHEANCE_DATABASE_PASSWORD_FILE.*No such file"
    ) as told:
        read_settings(given)
    assert SECRET not in _all_that_is_told(told.value)


def test_a_loop_may_stand_still_for_long_enough_to_be_seen_at_work_or_for_ever():
    for seconds in (1, 14):
        with pytest.raises(SettingError, match="0 \\(never\\) or at least 15"):
            read_settings({"ECHEANCE_STALL_SECONDS": str(seconds)})
    for seconds in (0, 15):
        assert read_settings({"ECHEANCE_STALL_SECONDS": str(seconds)}).stall_seconds == seconds


PROVIDER = {
    "ECHEANCE_OIDC_ISSUER": "https://accounts.example.org/realms/ministry",
    "ECHEANCE_OIDC_CLIENT_ID": "echeance",
    "ECHEANCE_OIDC_CLIENT_SECRET_FILE": "/etc/echeance/secret",
    "ECHEANCE_ACCESS": "/etc/echeance/access.yaml",
    "ECHEANCE_PUBLIC_URL": "https://delays.example.org",
}


def test_tokens_sign_people_in_where_there_is_no_provider() -> None:
    assert read_settings({}).sign_in_by_token == "on"
    assert read_settings(PROVIDER).sign_in_by_token == "off"
    both = {**PROVIDER, "ECHEANCE_SIGN_IN_BY_TOKEN": "on"}
    assert read_settings(both).sign_in_by_token == "on"


@pytest.mark.parametrize("missing", [name for name in PROVIDER if not name.endswith("ISSUER")])
def test_a_provider_needs_all_that_belongs_to_it(missing: str) -> None:
    left = {name: value for name, value in PROVIDER.items() if name != missing}
    with pytest.raises(SettingError, match=f"^{missing} must be set beside ECHEANCE_OIDC_ISSUER"):
        read_settings(left)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OIDC_ISSUER", "http://accounts.example.org", "must begin with https://"),
        ("PUBLIC_URL", "http://delays.example.org", "must begin with https://"),
        ("OIDC_ISSUER", "https://accounts.example.org?x=y", "must be written https://host"),
        ("OIDC_SCOPES", "profile", "must contain openid"),
        ("OIDC_REFRESH_SECONDS", "9", "must be at least 10"),
        ("OIDC_MAX_AGE_SECONDS", "an hour", "must be a whole number"),
        ("SIGN_IN_IDLE_SECONDS", "59", "must be at least 60"),
        ("SIGN_IN_SECONDS", "0", "must be at least 60"),
        ("SIGN_IN_SESSIONS", "0", "must be at least 1"),
        ("SIGN_IN_BY_TOKEN", "yes", "must be one of off, on"),
    ],
)
def test_a_provider_is_asked_in_confidence_and_sessions_end(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(SettingError, match=f"^ECHEANCE_{name} {said}"):
        read_settings({**PROVIDER, f"ECHEANCE_{name}": value})


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost:8080"])
def test_on_this_machine_a_provider_may_be_tried_without_tls(host: str) -> None:
    tried = {**PROVIDER, "ECHEANCE_OIDC_ISSUER": host, "ECHEANCE_PUBLIC_URL": host}
    assert read_settings(tried).oidc_issuer == host
