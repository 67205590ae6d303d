"""Identifiers that have the shape of a person's: social insurance, health insurance, e-mail, telephone.

Pure. An identifier is refused where the whole of it has such a shape; longer ones that hold such a number
are not, since any number of a case system would be taken for one.
"""

from __future__ import annotations

import re
from typing import Final

SOCIAL_INSURANCE: Final = "NAS / SIN"
HEALTH_INSURANCE: Final = "RAMQ"
E_MAIL: Final = "courriel / e-mail"
TELEPHONE: Final = "téléphone / telephone"

# The first digit is a province's; 0 and 8 begin none.
_SOCIAL_INSURANCE = re.compile(r"[1-79]\d{2}([ .:-]?)\d{3}\1\d{3}", re.ASCII)
# Four letters of the name; year, month (50 more for women) and day of birth; two digits.
_HEALTH_INSURANCE = re.compile(
    r"[A-Za-z]{4}[ .:-]?\d{2}(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])[ .:-]?(?:0[1-9]|[12]\d|3[01])[ .:-]?\d{2}",
    re.ASCII,
)
_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = r"[2-9]\d{2}[ .:-]?[2-9]\d{2}[ .:-]?\d{4}"
_TELEPHONE = re.compile(
    rf"\+1[ .:-]?{_NUMBER}|(?:1[ .:-])?(?:\([2-9]\d{{2}}\) ?|[2-9]\d{{2}}[ .:-])[2-9]\d{{2}}[ .:-]\d{{4}}",
    re.ASCII,
)
# Ten digits alone are mostly a number of something else: a telephone's where Canada has the area code.
_CANADIAN = re.compile(
    r"(?:204|226|236|249|250|257|263|289|306|343|354|365|367|368|382|403|416|418|428|431|437|438|450|460|468|474"
    r"|506|514|519|537|548|568|579|581|584|587|604|613|639|647|672|683|705|709|742|753|778|780|782|807|819|825|867"
    r"|873|879|902|905|942)[2-9]\d{6}",
    re.ASCII,
)
_SHORTEST: Final = 5
_LONGEST: Final = 128


def personal_shape(identifier: str) -> str | None:
    """Of what an identifier has the shape, as messages in either language say it; None if it has none."""
    if not _SHORTEST <= len(identifier) <= _LONGEST:
        return None
    if "@" in identifier:
        return E_MAIL if _E_MAIL.fullmatch(identifier) else None
    if not identifier[-1].isdigit():
        return None
    if _SOCIAL_INSURANCE.fullmatch(identifier) and _has_check_digit(identifier):
        return SOCIAL_INSURANCE
    if _HEALTH_INSURANCE.fullmatch(identifier):
        return HEALTH_INSURANCE
    if _TELEPHONE.fullmatch(identifier) or _CANADIAN.fullmatch(identifier):
        return TELEPHONE
    return None


def _has_check_digit(number: str) -> bool:
    """Whether digits end in their check digit (Luhn)."""
    total = 0
    for place, digit in enumerate(filter(str.isdigit, reversed(number))):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
