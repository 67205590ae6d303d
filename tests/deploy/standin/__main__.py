"""``python -m tests.deploy.standin``: makes the images of the composition that are neither here nor to be pulled, and says which.

Idempotent. Where a registry is reached nothing is made: the real images are pulled. What stands in bears the label
``org.echeance.standin``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.deploy.standin import images

FOLDER: Final = Path("build/standin")


def main() -> None:
    """Make what is missing."""
    images.require_engine()
    base = images.base()
    print(f"base          {base}")
    print(f"echeance      {images.service_image(base)}")
    for service, name in images.others().items():
        print(f"{service:<14}{name}: {images.obtained(service, name, FOLDER)}", flush=True)


if __name__ == "__main__":
    main()
