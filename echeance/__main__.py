"""``python -m echeance``."""

from __future__ import annotations

from echeance.cli import main

if __name__ == "__main__":
    main()
