"""Dangerous functions of Python stand nowhere in the product, or only where this page says why."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.structure.test_packages import ROOT, modules, uses

CODE_FROM_DATA: Final = (
    *("pickle", "marshal", "shelve", "dill", "jsonpickle", "xmlrpc", "code", "codeop", "runpy"),
    *("yaml.load", "yaml.full_load", "yaml.unsafe_load", "yaml.UnsafeLoader", "yaml.FullLoader"),
    *("os.system", "os.popen", "commands", "pty", "xml.dom", "xml.etree", "xml.sax.parse"),
)
"""Each makes code, objects or entities of what it reads."""
WEAK: Final = (
    *(
        "hashlib.md5",
        "hashlib.sha1",
        "hashlib.new",
        "random.SystemRandom",
        "crypt",
        "ssl._create_unverified_context",
    ),
    *(
        "ssl.CERT_NONE",
        "ssl.CERT_OPTIONAL",
        "ssl.PROTOCOL_TLSv1",
        "ssl.PROTOCOL_TLSv1_1",
        "uuid.uuid1",
    ),
)
RANDOM: Final = {"echeance.demo": "lives of a fictitious ministry, which are the same each time"}
"""Packages that use ``random``, and for what: never for something that nobody may guess."""
PROGRAMS: Final = {
    "services.compliance.notifications.alertmanager.amtool": "Alertmanager's own checker, on files of the operator"
}
"""Modules that start another program, which gets a list of arguments and no shell."""
BUILT_IN: Final = frozenset({"eval", "exec", "compile", "__import__", "input", "breakpoint"})

HANDLER: Final = re.compile(r"\son[a-z]+=[\"']")

MODULES: Final = modules(ROOT)


def begins(name: str, *roots: str) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


@pytest.mark.parametrize("forbidden", [CODE_FROM_DATA, WEAK], ids=["code from data", "weak"])
def test_what_is_dangerous_or_weak_is_not_used(forbidden: tuple[str, ...]) -> None:
    used = {(name, one) for name, module in MODULES.items() for one in uses(module)}
    assert [(name, one) for name, one in sorted(used) if begins(one, *forbidden)] == []


def test_nothing_is_evaluated() -> None:
    called = {
        (name, node.func.id)
        for name, module in MODULES.items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert [(name, one) for name, one in sorted(called) if one in BUILT_IN] == []


@pytest.mark.parametrize(
    ("library", "where"), [("random", RANDOM), ("subprocess", PROGRAMS)], ids=["random", "programs"]
)
def test_it_stands_only_where_it_may(library: str, where: dict[str, str]) -> None:
    found = {
        name
        for name, module in MODULES.items()
        if any(begins(one, library) for one in uses(module))
    }
    assert [name for name in sorted(found) if not begins(name, *where)] == []
    assert [name for name in where if not any(begins(one, name) for one in found)] == []


def test_no_program_is_started_by_a_shell_and_no_client_follows_redirects() -> None:
    """A redirect would take a request, with its token, where nobody configured it to go.

    Nor does a client leave the certificate of whom it speaks to unverified.
    """
    found = [
        (name, keyword.arg)
        for name, module in MODULES.items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in ("shell", "follow_redirects", "allow_redirects", "verify")
        if (
            isinstance(keyword.value, ast.Constant)
            if keyword.arg == "verify"
            else ast.unparse(keyword.value) != "False"
        )
    ]
    assert found == []


def test_every_client_verifies_whom_it_asks() -> None:
    """``verify`` is given a context, never a constant; only the health check, which asks its own process, goes without."""
    without = {
        name
        for name, module in MODULES.items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "CERT_NONE"
    }
    assert without == {"shared.healthcheck"}


def templates() -> Iterator[Path]:
    for top in ("services", "shared", "echeance"):
        yield from (ROOT / top).rglob("*.html")


def test_templates_mark_nothing_safe_but_literals() -> None:
    """``'class="total"'|safe`` is text of the template; a value of data never is."""
    assert [
        (path.name, line.strip())
        for path in templates()
        for line in path.read_text("utf-8").splitlines()
        for before in line.split("|safe")[:-1]
        if not before.rstrip().endswith(("'", '"'))
    ] == []


def test_our_pages_have_no_inline_script_and_handler() -> None:
    for path in templates():
        text = path.read_text("utf-8")
        assert "javascript:" not in text, path
        for part in text.split("<")[1:]:
            tag = part.split(">", 1)[0]
            assert not tag.startswith("script") or " src=" in tag, (path, tag)
            assert not HANDLER.search(tag), (path, tag)


def test_our_script_makes_no_html_and_runs_no_text() -> None:
    """It takes a page away, and puts nothing in its place: the server does."""
    script = ROOT / "services/compliance/board/static/session.js"
    text = script.read_text("utf-8")
    for word in (
        "HTML",
        "document.write",
        "eval",
        "Function",
        "import(",
        "setAttribute",
        "__proto__",
        "assign",
    ):
        assert word not in text, word


def test_no_script_stores_anything_in_the_browser() -> None:
    """Ours nor the vendored one: what the browser keeps of a session is its cookies."""
    scripts = [path for top in ("services", "shared") for path in (ROOT / top).rglob("*.js")]
    assert scripts
    for path in scripts:
        text = path.read_text("utf-8")
        for storage in (
            "localStorage",
            "sessionStorage",
            "indexedDB",
            "caches.open",
            "document.cookie",
        ):
            assert storage not in text, (path.name, storage)
