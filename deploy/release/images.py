"""``python -m deploy.release.images``: pin the images that are pulled by digest, where a registry answers.

A tag can be moved to another image, a digest cannot. Asks the registries by ``docker buildx imagetools``,
and writes ``name:tag@sha256:…`` into docker-compose.yml and the Dockerfile, and ``digest`` beside ``newTag``
of the Kubernetes overlays. Nothing is written unless every image was found.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import click

from deploy.release.lock import ROOT

OURS: Final = "echeance"
_IN_LINE: Final = re.compile(
    r"^(?P<head>\s*image: |ARG BASE_IMAGE=)(?P<name>[a-z0-9./-]+):(?P<tag>[A-Za-z0-9._-]+)(?:@(?P<digest>sha256:[0-9a-f]{64}))?$",
    re.MULTILINE,
)
_KUSTOMIZED: Final = re.compile(
    r"^(?P<head>  - name: )(?P<name>[a-z0-9./-]+)\n    newTag: (?P<quote>\"?)(?P<tag>[A-Za-z0-9._-]+)(?P=quote)(?:\n    digest: (?P<digest>sha256:[0-9a-f]{64}))?$",
    re.MULTILINE,
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class PulledImage(NamedTuple):
    """An image by its tag, as a file names it; ``digest`` is empty where it is not pinned."""

    name: str
    tag: str
    digest: str


def files(root: Path = ROOT) -> Sequence[Path]:
    """The files that name images."""
    overlays = sorted((root / "deploy" / "k8s" / "overlays").glob("*/kustomization.yaml"))
    return [root / "docker-compose.yml", root / "Dockerfile", *overlays]


def pulled(text: str) -> Iterator[PulledImage]:
    """The images in a file that come from a registry."""
    for form in (_IN_LINE, _KUSTOMIZED):
        for found in form.finditer(text):
            if found["name"] != OURS:
                yield PulledImage(found["name"], found["tag"], found["digest"] or "")


def pinned(text: str, digests: Mapping[tuple[str, str], str]) -> str:
    """The file with the digest of each name and tag."""

    def in_line(found: re.Match[str]) -> str:
        digest = digests.get((found["name"], found["tag"]))
        return f"{found['head']}{found['name']}:{found['tag']}@{digest}" if digest else found[0]

    def kustomized(found: re.Match[str]) -> str:
        digest = digests.get((found["name"], found["tag"]))
        quote = found["quote"]
        told = f"{found['head']}{found['name']}\n    newTag: {quote}{found['tag']}{quote}"
        return f"{told}\n    digest: {digest}" if digest else found[0]

    return _KUSTOMIZED.sub(kustomized, _IN_LINE.sub(in_line, text))


def resolve(image: PulledImage) -> str | None:
    """The digest that a tag has now; None where no registry answers."""
    form = ("--format", "{{.Manifest.Digest}}")
    command = ["docker", "buildx", "imagetools", "inspect", *form, f"{image.name}:{image.tag}"]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, encoding="utf-8", timeout=120
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    digest = done.stdout.strip()
    return digest if done.returncode == 0 and _DIGEST.fullmatch(digest) else None


def main() -> None:
    """Pin every image, or none."""
    texts = {path: path.read_text("utf-8") for path in files()}
    digests: dict[tuple[str, str], str] = {}
    for image in sorted({one for text in texts.values() for one in pulled(text)}):
        digest = resolve(image)
        if digest is None:
            sys.exit(f"{image.name}:{image.tag}: no registry answers; nothing was changed")
        digests[image.name, image.tag] = digest
    for path, text in texts.items():
        path.write_text(pinned(text, digests), encoding="utf-8")
    click.echo(f"{len(digests)} images pinned by digest")


if __name__ == "__main__":
    main()
