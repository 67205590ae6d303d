"""URIs as RFC 3986 defines them, and nothing looser.

Pure. A source that only looks like a URI would be stored for ever and never matched again, so
spaces, quotes, control characters, broken percent-encodings and misplaced colons are refused.
Every repetition is possessive: matching takes linear time, whatever the input.
"""

from __future__ import annotations

import re

_ESCAPED = r"%[0-9A-Fa-f]{2}"
_PLAIN = r"-A-Za-z0-9._~!$&'()*+,;="
_SEGMENT = rf"(?:[{_PLAIN}:@]++|{_ESCAPED})*+"
_SEGMENT_FILLED = rf"(?:[{_PLAIN}:@]++|{_ESCAPED})++"
_SEGMENT_WITHOUT_COLON = rf"(?:[{_PLAIN}@]++|{_ESCAPED})++"
_USER = rf"(?:(?:[{_PLAIN}:]++|{_ESCAPED})*+@)?"
_HOST = rf"(?:\[[0-9A-Fa-f:.]++\]|(?:[{_PLAIN}]++|{_ESCAPED})*+)"
_AUTHORITY = rf"//{_USER}{_HOST}(?::[0-9]*+)?(?:/{_SEGMENT})*+"
_ABSOLUTE_PATH = rf"/(?:{_SEGMENT_FILLED}(?:/{_SEGMENT})*+)?"
_TAIL = rf"(?:\?(?:[{_PLAIN}:@/?]++|{_ESCAPED})*+)?(?:\#(?:[{_PLAIN}:@/?]++|{_ESCAPED})*+)?"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*+:"
_HIERARCHY = rf"(?:{_AUTHORITY}|{_ABSOLUTE_PATH}|{_SEGMENT_FILLED}(?:/{_SEGMENT})*+|)"
_RELATIVE = rf"(?:{_AUTHORITY}|{_ABSOLUTE_PATH}|{_SEGMENT_WITHOUT_COLON}(?:/{_SEGMENT})*+|)"

URI = re.compile(rf"{_SCHEME}{_HIERARCHY}{_TAIL}")
"""A URI with its scheme (RFC 3986 §3); to be used with ``fullmatch``."""

URI_REFERENCE = re.compile(rf"(?:{_SCHEME}{_HIERARCHY}|{_RELATIVE}){_TAIL}")
"""A URI or a relative reference (RFC 3986 §4.1), possibly empty; to be used with ``fullmatch``."""
