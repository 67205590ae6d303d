"""Why nobody signs in is told to the log by a word, and in words."""

from services.compliance.people.oidc.errors import SignInRefusedError


def test_a_refusal_begins_with_what_did_not_hold() -> None:
    refused = SignInRefusedError("state", "not that of this browser's sign-in")
    assert refused.what == "state"
    assert str(refused) == "state: not that of this browser's sign-in"
