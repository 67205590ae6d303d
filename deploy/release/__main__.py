"""``python -m deploy.release``: the files of a release of the present commit, into ``build/release``."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import click

from deploy.release import bill, provenance
from deploy.release.lock import IMAGE, ROOT, RUN_TIME, read_lock
from deploy.release.wheel import DirtyTreeError, build_wheel, source

_IMAGE_ENVIRONMENT: Final = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
}
_BUILT_WITH: Final = ("requirements-dev.lock", "requirements-build.lock", "Dockerfile")
_INPUTS: Final = (RUN_TIME, IMAGE, *(ROOT / name for name in _BUILT_WITH))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "build" / "release")
@click.option("--builder", default="urn:echeance:builder:local", help="URI of who builds.")
@click.option(
    "--image", default="", help="Image of this commit, read with docker; its bill is made as well."
)
@click.option("--allow-dirty", is_flag=True, help="Build although something is not committed.")
def main(out: Path, builder: str, image: str, allow_dirty: bool) -> None:
    """Make wheel, bills of materials, provenance and SHA256SUMS."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    try:
        of = source(allow_dirty=allow_dirty)
    except DirtyTreeError as error:
        raise click.ClickException(str(error)) from None
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    wheel = build_wheel(of, out)
    bills = {
        f"{wheel.name}.cdx.json": bill.wheel_bill(version, _digest(wheel), read_lock(RUN_TIME))
    }
    if image:
        bills[f"echeance-image-{version}.cdx.json"] = _image_bill(version, image)
    for name, text in bills.items():
        (out / name).write_text(text, encoding="utf-8")
    files = {path.name: _digest(path) for path in sorted(out.iterdir())}
    inputs = {path.name: _digest(path) for path in _INPUTS}
    stated = out / f"echeance-{version}.intoto.json"
    stated.write_text(provenance.statement(version, of, builder, files, inputs), encoding="utf-8")
    sums = [f"{_digest(path)}  {path.name}\n" for path in sorted(out.iterdir())]
    (out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    click.echo(f"{out}: {', '.join(path.name for path in sorted(out.iterdir()))}")


def _image_bill(version: str, image: str) -> str:
    status = _docker(
        "run", "--rm", "--network", "none", "--entrypoint", "cat", image, "/var/lib/dpkg/status"
    )
    python = _docker(
        "run", "--rm", "--network", "none", "--entrypoint", "python", image, "--version"
    ).split()[1]
    image_id = _docker("image", "inspect", "--format", "{{.Id}}", image).strip()
    environment = _IMAGE_ENVIRONMENT | {"python_version": ".".join(python.split(".")[:2])}
    packages = [one for one in read_lock(IMAGE) if one.applies(environment)]
    return bill.image_bill(version, image_id, packages, bill.debian_packages(status), python)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, encoding="utf-8")
    return done.stdout


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
