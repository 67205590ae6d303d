"""The images of docker-compose.yml in the Docker engine that the environment names: there, pulled, or made to stand in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from tests.deploy.standin.artefacts import HERE, gathered

ROOT: Final = Path(__file__).parents[3]
SERVICE_IMAGE: Final = "echeance:0.1.0"
BASES: Final = ("python:3.13-slim", "echeance-standin:bookworm")
"""The base of the Dockerfile, and what stands for it."""
PULL_SECONDS: Final = 600


class Recipe(NamedTuple):
    """The folder an image is built from, and the arguments of the build."""

    folder: str
    arguments: Mapping[str, str]


_RECIPES: Final[Mapping[str, Recipe]] = {
    "kafka": Recipe("kafka", {}),
    "postgres": Recipe("postgres", {}),
    "prometheus": Recipe("watch", {"PACKAGE": "prometheus", "NAME": "prometheus"}),
    "alertmanager": Recipe("watch", {"PACKAGE": "prometheus-alertmanager", "NAME": "alertmanager"}),
    "mail": Recipe("mail", {}),
}
"""By service of the composition. Grafana has none: nothing that stands for it would show what it shows."""


def require_engine() -> None:
    """End the program, saying what to do, where no Docker engine with compose answers."""
    for command in (("version",), ("compose", "version")):
        try:
            done = subprocess.run(["docker", *command], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            sys.exit("no `docker` command: install Docker Engine with the compose plugin")
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-1]
            sys.exit(
                f"`docker {' '.join(command)}` fails: {said}\n"
                "Start a Docker engine with compose v2, or name one in DOCKER_HOST."
            )


def base() -> str:
    """The image that the service image stands on; made by debootstrap where it cannot be had."""
    real, standin = BASES
    if is_here(standin):
        return standin
    if is_here(real) or pulled(real):
        return real
    subprocess.run([HERE / "base.sh", standin], check=True)
    return standin


def service_image(base: str, tag: str = SERVICE_IMAGE, *options: str) -> str:
    """Build the image of the services; returns its tag."""
    told = ("--build-arg", f"BASE_IMAGE={base}", *options)
    _build(ROOT, tag, told)
    return tag


def others() -> Mapping[str, str]:
    """The images of the composition that are not the project's own, by service."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return {
        name: made["image"] for name, made in services.items() if "echeance" not in made["image"]
    }


def obtained(service: str, name: str, folder: Path) -> str:
    """Have the image, however it can be had; returns how: ``here``, ``pulled``, ``standing in``, or ``missing``."""
    if is_here(name):
        return "standing in" if is_standin(name) else "here"
    if pulled(name):
        return "pulled"
    if (recipe := _RECIPES.get(service)) is None:
        return "missing"
    given = {"BASE": base(), **recipe.arguments}
    arguments = [one for key, value in given.items() for one in ("--build-arg", f"{key}={value}")]
    made = gathered(recipe.folder, folder / service)
    _build(made, name, ("--label", "org.echeance.standin=true", *arguments))
    return "standing in"


def is_here(name: str) -> bool:
    """The engine has it."""
    return _quietly("image", "inspect", name)


def is_standin(name: str) -> bool:
    """The image was made here, to stand for the real one."""
    labels = output("image", "inspect", "--format", "{{json .Config.Labels}}", name)
    return "org.echeance.standin" in labels


def pulled(name: str) -> bool:
    """A registry gave it."""
    try:
        return _quietly("pull", "--quiet", name, seconds=PULL_SECONDS)
    except subprocess.TimeoutExpired:
        return False


def output(*arguments: str) -> str:
    """What a command of docker's prints; raises ``CalledProcessError``."""
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def _build(folder: Path, tag: str, options: tuple[str, ...]) -> None:
    command = ["docker", "build", "--quiet", "--tag", tag, *options, str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _quietly(*arguments: str, seconds: float = 60) -> bool:
    done = subprocess.run(["docker", *arguments], check=False, capture_output=True, timeout=seconds)
    return done.returncode == 0
