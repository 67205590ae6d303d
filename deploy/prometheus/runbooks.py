"""The rules as they are loaded: with the address at which people read the documentation, in the place of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.errors import SettingError

PLACEHOLDER: Final = "ECHEANCE_DOCS_URL"
RULES: Final = Path(__file__).parent / "rules"


def addressed(text: str, docs_url: str) -> str:
    """A rule file whose runbooks open; as it is where no address is given."""
    return text.replace(f"{PLACEHOLDER}/", f"{docs_url.rstrip('/')}/") if docs_url else text


def write(folder: Path, docs_url: str) -> list[Path]:
    """Write every rule file to a folder; raises ``SettingError`` without an address."""
    if not docs_url:
        raise SettingError(
            f"{PLACEHOLDER} must be set to where people read docs/, such as https://docs.example.org/echeance"
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in sorted(RULES.glob("*.yml")):
        path = folder / file.name
        path.write_text(addressed(file.read_text(encoding="utf-8"), docs_url), encoding="utf-8")
        written.append(path)
    return written
