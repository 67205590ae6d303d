"""``python -m deploy.k8s``: write the copies, then the builds of both overlays (kustomize or kubectl must be on PATH)."""

from __future__ import annotations

import sys

from deploy.k8s import rendering
from deploy.k8s.copies import copies


def main() -> None:
    """Write the files."""
    for path, text in copies():
        path.write_text(text, encoding="utf-8")
    for overlay in rendering.OVERLAYS:
        try:
            built = rendering.build(overlay)
        except rendering.NoKustomizeError as error:
            sys.exit(str(error))
        rendering.rendered(overlay).write_text(rendering.head() + built, encoding="utf-8")


if __name__ == "__main__":
    main()
