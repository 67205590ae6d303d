"""``python -m deploy.helm``: write the templates of the chart (kustomize or kubectl must be on PATH)."""

from __future__ import annotations

import sys

from deploy.helm.chart import TEMPLATES, templates
from deploy.k8s.rendering import NoKustomizeError


def main() -> None:
    """Write the files."""
    try:
        written = templates()
    except NoKustomizeError as error:
        sys.exit(str(error))
    for name, text in written.items():
        (TEMPLATES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
