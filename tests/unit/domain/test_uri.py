"""What is a URI, by the grammar of RFC 3986 and no more."""

from __future__ import annotations

import pytest

from shared.domain.uri import URI, URI_REFERENCE


@pytest.mark.parametrize(
    ("text", "is_uri", "is_reference"),
    [
        ("https://example.org/permits?year=2025#top", True, True),
        ("urn:echeance:case", True, True),
        ("https://[2001:db8::1]:8443/", True, True),
        ("mailto:team@example.org", True, True),
        ("/permits/%C3%A9t%C3%A9", False, True),
        ("", False, True),
        ("1st:segment", False, False),
        ("https://example.org/a b", False, False),
        ("https://example.org/%zz", False, False),
        ("https://example.org/été", False, False),
        ("https://example.org/\n", False, False),
    ],
)
def test_a_uri_has_a_scheme_and_a_reference_may_lack_it(
    text: str, is_uri: bool, is_reference: bool
) -> None:
    assert (URI.fullmatch(text) is not None) == is_uri
    assert (URI_REFERENCE.fullmatch(text) is not None) == is_reference
