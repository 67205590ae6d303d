"""The documents say what the code does: whatever they name exists, and whatever exists is named."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel

from deploy.grafana.__main__ import BOARDS
from deploy.prometheus import metrics_page
from echeance.cli.__main__ import cli
from echeance.cli.openapi import document
from services.compliance.notifications import supervisors
from services.ingest.cloudevents import texts
from shared import settings
from shared.database.migrations.privileges import PRIVILEGES
from shared.domain import DEAD_LETTER_REASONS, catalogue, commitments
from shared.domain.calendars import calendar_file
from shared.domain.calendars.holidays import rule_file
from shared.domain.records import AnomalyReason
from shared.log.quarantine import RECORD_ATTEMPTS
from shared.mapping import export_mapping
from shared.metrics import series
from tests.deploy.rules import anchors, loaded
from tests.paths import ROOT
from tests.unit.process.environments import variables_read

DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
PAGE, OPERATIONS, EVENTS = DOCS["metrics.md"], DOCS["operations.md"], DOCS["events.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EVERYWHERE = {"README.md": README, **DOCS}
ALL_TEXT = "\n".join(EVERYWHERE.values())


def test_every_metric_is_documented_as_it_is_declared() -> None:
    assert metrics_page.with_tables(PAGE) == PAGE, "run `python -m deploy.prometheus.metrics_page`"
    assert PAGE.count("\n| `echeance_") == len([*series.BUSINESS, *series.TECHNICAL])


def first_column(text: str, *, under: str) -> set[str]:
    """The words between backticks in the first column of the tables of a section."""
    section = text[text.index(f"\n{under}\n") + 1 :]
    level = under.partition(" ")[0]
    ended = re.search(rf"^#{{1,{len(level)}}} ", section[len(under) :], re.MULTILINE)
    section = section[: ended.start() + len(under)] if ended else section
    rows = re.findall(r"^\| ([^|]*`[^|]*)\|", section, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


# Settings


def test_every_setting_has_its_row_and_every_row_its_setting() -> None:
    assert first_column(OPERATIONS, under="## Settings") == variables_read()


def test_the_defaults_in_the_guide_are_those_of_the_code() -> None:
    section = OPERATIONS[OPERATIONS.index("## Settings") : OPERATIONS.index("## Tokens")]
    rows = re.findall(r"^\| `ECHEANCE_([A-Z_]+)` \| `([^`]+)` \|", section, re.MULTILINE)
    assert len(rows) > 10
    defaults = settings.read_settings({})
    for name, default in rows:
        field = name.removesuffix("_SECONDS").lower()
        value = getattr(defaults, field if hasattr(defaults, field) else name.lower())
        if isinstance(value, timedelta):
            value = int(value.total_seconds())
        assert str(value) == default, name


def test_every_variable_that_a_document_names_is_read_somewhere() -> None:
    others = {"ECHEANCE_TEST_KAFKA", "ECHEANCE_TEST_POSTGRES"}
    compiled = (ROOT / "shared" / "compiled.py").read_text(encoding="utf-8")
    others |= set(re.findall(r'environ\.get\("(ECHEANCE_[A-Z_]+)"', compiled))
    for file in ("docker-compose.yml", "deploy/k8s/secrets.sh"):
        text = (ROOT / file).read_text(encoding="utf-8")
        others |= set(re.findall(r"\$\{(ECHEANCE_[A-Z_]+)", text))
    for name, text in EVERYWHERE.items():
        named = set(re.findall(r"\bECHEANCE_[A-Z][A-Z_]*[A-Z]\b", text))
        named -= {one for one in named if one.startswith("ECHEANCE_HOOK_SECRET")}  # named by hooks
        assert named <= variables_read() | others, name


# Roles


@pytest.mark.parametrize("role", PRIVILEGES)
def test_what_a_role_may_do_with_each_table_is_in_its_row(role: str) -> None:
    [row] = re.findall(rf"^\| `{role}` \|.*\| (.*) \|$", OPERATIONS, re.MULTILINE)
    parts = dict(part.split(" `", 1) for part in row.split("; "))
    told = {verb: set(re.findall(r"\w+", tables)) for verb, tables in parts.items()}
    granted: dict[str, set[str]] = {}
    for table, allowed in PRIVILEGES[role].items():
        rights = set(allowed.split(", "))
        verb = "read and write" if "UPDATE" in rights else "read and add" if "INSERT" in rights else "read"  # fmt: skip
        granted.setdefault(verb, set()).add(table)
    assert told == granted


# Commands


def commands(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
            if command.invoke_without_command:
                yield (*path, name), command
        else:
            yield (*path, name), command


COMMANDS = dict(commands())


def test_every_command_is_named_in_a_document() -> None:
    table = README[README.index("## Commands") : README.index("## Read more")]
    for path in COMMANDS:
        assert f"`echeance {path[0]}" in table or f"`{path[0]}`" in table, path
        assert all(part in ALL_TEXT for part in path), path
        if len(path) == 2:
            spelled = f"{path[0]} {path[1]}"
            row = next(line for line in table.splitlines() if f"echeance {path[0]}" in line)
            assert spelled in ALL_TEXT or f"`{path[1]}`" in row or path[1] in row, path


def shell_lines() -> Iterator[tuple[str, str]]:
    """Commands that the documents show being typed, continued lines in one."""
    for name, text in EVERYWHERE.items():
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
            for line in re.sub(r"\\\n\s*", " ", block).splitlines():
                if line.startswith("$ "):
                    yield name, line[2:]


def typed() -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """Each ``echeance`` command in the documents, as it is typed: where, which, with which options."""
    for name, line in shell_lines():
        for found in re.finditer(
            r"(?:^|[|&;(] *|bin/|migrate |secrets\.sh )(?:echeance )?([a-z][a-z-]*(?: [a-z][a-z-]*)?)(?=[ '\"]|$)([^|&;>)]*)",
            line,
        ):
            words = found[1].split()
            path = next(
                (tuple(words[:size]) for size in (2, 1) if tuple(words[:size]) in COMMANDS), None
            )
            if path is not None:
                yield name, path, re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", found[2])


def test_every_command_that_is_typed_in_a_document_has_the_options_shown() -> None:
    seen = 0
    for name, path, options in typed():
        known = {one for parameter in COMMANDS[path].params for one in parameter.opts} | {"--help"}
        assert set(options) <= known, (name, path, options)
        seen += 1
    assert seen > 30


def test_every_command_of_a_group_has_an_example_or_a_sentence() -> None:
    """Beside the line in the README that names it."""
    examples = {path for _, path, _ in typed()}
    prose = ALL_TEXT.replace("\n", " ")
    for path in (path for path in COMMANDS if len(path) > 1):
        sentences = re.findall(rf"`(?:echeance )?{' '.join(path)}[ `]", prose)
        assert path in examples or sentences, path


def test_every_echeance_command_in_prose_exists() -> None:
    groups = {path[0] for path in COMMANDS}
    for name, text in EVERYWHERE.items():
        for said in re.findall(r"`echeance ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", text):
            assert said[0] in groups, (name, said)
            subcommands = {path[1] for path in COMMANDS if path[0] == said[0] and len(path) == 2}
            if subcommands and said[1]:
                assert said[1] in subcommands, (name, said)


def test_every_target_of_make_in_a_document_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    for name, text in EVERYWHERE.items():
        assert set(re.findall(r"(?:`|\$ |=en )make ([a-z][a-z-]*)", text)) <= targets, name


# The interface


def test_every_route_is_documented_and_every_documented_route_exists() -> None:
    routes = {re.sub(r"\{\w+\}", "{}", path) for path in document()["paths"]}
    mentions = re.findall(r"\b(?:GET|POST) (/[\w./{}-]*)", ALL_TEXT)
    documented = {re.sub(r"\{\w+\}", "{}", path).rstrip(".") for path in mentions}
    pages = {"/", "/openapi.json"}
    assert documented - pages <= routes
    assert routes - documented <= {"/healthz", "/readyz"}


def refusals() -> Iterator[tuple[int, str]]:
    """Every status and code that a service answers in so many words."""
    for path in (
        path for top in ("services", "shared", "echeance") for path in (ROOT / top).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(args=[ast.Constant(int(status)), ast.Constant(str(code)), *_]):
                    if 400 <= status < 600:
                        yield status, code.replace("_", "-")
                case _:
                    pass


OF_PAGES = {"cross-site", "disconnected"}
"""What a page alone answers, or nobody hears."""


def test_every_problem_is_documented_with_its_status() -> None:
    section = EVENTS[EVENTS.index("### Of a whole request") : EVENTS.index("### Of a single event")]
    documented = {
        (int(status), code)
        for row, status in re.findall(r"^\| ([^|]+) \| (\d{3}) \|", section, re.MULTILINE)
        for code in re.findall(r"`([^`]+)`", row)
    }
    found = {one for one in refusals() if one[1] not in OF_PAGES}
    assert len(found) > 15
    assert not (missing := sorted(found - documented)), missing


def test_every_fault_of_an_event_is_documented() -> None:
    assert first_column(EVENTS, under="### Of a single event") == set(texts.Code.__members__)


def test_the_dead_letters_of_the_guide_are_those_of_the_code() -> None:
    assert first_column(OPERATIONS, under="## Dead letters") == set(DEAD_LETTER_REASONS)
    written = {8: "eight"}[RECORD_ATTEMPTS]
    assert f"ended {written} times while it worked on the record" in OPERATIONS


# What files may say


def fields(*models: type[BaseModel]) -> set[str]:
    return {field.alias or name for one in models for name, field in one.model_fields.items()}


def models_of(module: Any) -> list[type[BaseModel]]:
    return [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, BaseModel)
        and one.__module__ == module.__name__
    ]


def test_every_key_of_supervisors_yaml_is_documented_and_every_row_is_a_key() -> None:
    assert first_column(OPERATIONS, under="### `supervisors.yaml`") == fields(supervisors.Directory)
    section = OPERATIONS[OPERATIONS.index("### `supervisors.yaml`") :]
    named = set(re.findall(r"`(?:\w+\.)?(\w+)`", section[: section.index("\n### ", 5)]))
    assert fields(*models_of(supervisors)) <= named


@pytest.mark.parametrize(
    ("page", "modules"),
    [
        ("catalogue.md", (catalogue, calendar_file, rule_file, commitments)),
        ("import.md", (export_mapping,)),
    ],
)
def test_every_key_of_a_file_is_named_in_its_page(page: str, modules: tuple[Any, ...]) -> None:
    known = {name for module in modules for name in fields(*models_of(module))}
    assert known, page
    named = {word for code in re.findall(r"`([^`\n]+)`", DOCS[page]) for word in code_words(code)}
    shown = {
        word
        for block in re.findall(r"```ya?ml\n(.*?)```", DOCS[page], re.DOTALL)
        for word in code_words(block)
    }
    assert known <= named | shown, sorted(known - named - shown)


def code_words(text: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z_]*", text))


# Where links and paths lead


def pages() -> Mapping[Path, str]:
    found = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return {path: path.read_text(encoding="utf-8") for path in found}


def test_every_link_between_documents_leads_somewhere() -> None:
    for page, text in pages().items():
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            destination = page if not path else (page.parent / path).resolve()
            assert destination.exists(), (page.name, target)
            if anchor:
                assert anchor in anchors(destination), (page.name, target)


def test_every_file_of_the_project_that_a_document_names_exists() -> None:
    roots = "bench|deploy|docs|echeance|examples|services|shared|tests|\\.ci"
    for page, text in pages().items():
        for named in re.findall(rf"`((?:{roots})/[\w./*{{}}-]*)", text):
            if "{" in named or named.startswith("deploy/secrets"):
                continue
            path = named.rstrip("./").replace("…", "")
            found = list(ROOT.glob(path)) or list(ROOT.glob(f"{path}*"))
            assert found, (page.name, named)


def test_prose_of_documents_fits_120_columns() -> None:
    """Tables, code blocks and unbreakable links apart."""
    for page, text in pages().items():
        if page.name == "metrics.md":
            continue
        prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
        lines = (line for line in prose.splitlines() if not line.startswith("|"))
        assert not [line for line in lines if len(line) > 120 and "](https://" not in line], page


def test_every_test_of_a_fault_that_the_guide_names_exists() -> None:
    rows = re.findall(r"`(test_\w+)`: ((?:`\w+…?`(?:, )?)+)", OPERATIONS)
    assert len(rows) > 20
    for module, names_of in rows:
        source = (ROOT / "tests/faults/distributed" / f"{module}.py").read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)…?`", names_of):
            assert re.search(rf"def test_\w*{name}", source), (module, name)


def test_the_revision_in_the_guide_is_the_last() -> None:
    versions = sorted((ROOT / "shared/database/migrations/versions").glob("r[0-9]*.py"))
    last = versions[-1].name[1:5]
    shown = "".join(re.findall(r"```console\n.*?```", OPERATIONS, re.DOTALL))
    assert set(re.findall(r"revision (\d{4})", shown)) == {last}


def test_every_dashboard_is_documented() -> None:
    section = OPERATIONS[OPERATIONS.index("## Dashboards") :][:1_000]
    assert len(BOARDS) == 4 and "four dashboards" in section


def test_every_port_of_the_composition_is_documented() -> None:
    composition = loaded(ROOT / "docker-compose.yml")["services"]
    section = OPERATIONS[OPERATIONS.index("Published, on the loopback interface only") :][:600]
    for name, service in composition.items():
        for port in service.get("ports", ()):
            [number] = re.findall(r":-(\d+)\}", port)
            assert number in section, (name, port)


def test_every_anomaly_is_documented() -> None:
    text = "\n".join((DOCS["counting-rules.md"], EVENTS))
    for reason in get_args(AnomalyReason):
        assert f"`{reason}`" in text, reason
