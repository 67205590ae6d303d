"""``python -m deploy.prometheus FOLDER``: write the rules there, their runbooks at the address that ECHEANCE_DOCS_URL says."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.prometheus import runbooks
from shared.errors import SettingError
from shared.process import read_settings


def main() -> None:
    """Write the files."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        for path in runbooks.write(Path(sys.argv[1]), read_settings().docs_url):
            sys.stdout.write(f"{path}\n")
    except SettingError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
