"""The layers: who may import whom, and what a web process must never load."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

PACKAGE = Path(__file__).resolve().parent.parent / "exchange"

LAYERS = (
    {"errors", "bootstrap", "translations"},
    {"matching"},
    {"config", "clock", "logs"},
    {"domain"},
    {"formulation", "intake", "exports", "notices", "records"},
    {"pipeline"},
    {"services"},
    {"jobs"},
    {"web", "cli"},
    {"app"},
    {"__main__"},
)
"""From the bottom up. A layer imports itself and what stands below it."""

HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
PURE = {
    "matching", "domain", "formulation", "intake", "exports", "notices", "errors", "clock",
    "translations",
}  # fmt: skip
OF_PAGES_AND_TABLES = {
    "alembic", "click", "flask", "flask_wtf", "huey", "jinja2", "sqlalchemy",
    "sqlmodel", "waitress", "werkzeug", "wtforms",
}  # fmt: skip
OF_SOLVERS = {"scipy", "ortools", "numba", "pandas"}
MAY_SOLVE = {"matching", "formulation", "pipeline", "jobs", "cli"}
NEVER = {"pandas", "pickle", "marshal", "shelve"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


def imported(path: Path, *, at_load_only: bool = False) -> Iterator[str]:
    """Yield what a module imports, by full name; relative imports are not used here."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _outside_functions(tree) if at_load_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            if node.module == "exchange":
                yield from (f"exchange.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not is_for_types and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _outside_functions(node)


def own_layers(names: Iterator[str]) -> set[str]:
    parts = (name.split(".") for name in names)
    return {part[1] for part in parts if part[0] == "exchange" and len(part) > 1} - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_imports_only_what_stands_below(path: Path) -> None:
    layer = layer_of(path)
    if layer == "__init__":
        assert list(imported(path)) == []
        return
    assert layer in HEIGHT, f"{layer} has no place among the layers"
    strangers = {
        other
        for other in own_layers(imported(path))
        if other != layer and HEIGHT[other] >= HEIGHT[layer]
    }
    assert strangers == set()
    tops = {name.partition(".")[0] for name in imported(path)}
    assert tops & NEVER == set()
    if layer in PURE:
        assert tops & OF_PAGES_AND_TABLES == set()
    if layer == "domain":
        assert tops <= set(sys.stdlib_module_names) | {"exchange"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_of_a_web_process_loads_no_solver(path: Path) -> None:
    if layer_of(path) in MAY_SOLVE:
        return
    names = list(imported(path, at_load_only=True))
    assert {name.partition(".")[0] for name in names} & OF_SOLVERS == set()
    assert own_layers(iter(names)) & {"pipeline", "formulation", "matching"} == set()


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_matching_in_a_fresh_interpreter_loads_no_page_and_no_table() -> None:
    loaded = loaded_by("import exchange.matching")
    assert "numpy" in loaded
    assert loaded & (OF_PAGES_AND_TABLES | {"pandas", "pydantic"}) == set()


def test_commands_in_a_fresh_interpreter_load_only_click() -> None:
    loaded = loaded_by("import exchange.cli.root")
    assert "click" in loaded
    assert loaded & (OF_SOLVERS | (OF_PAGES_AND_TABLES - {"click"})) == set()


def test_match_in_a_fresh_interpreter_loads_no_page_and_no_table() -> None:
    loaded = loaded_by("import exchange.cli.match")
    assert loaded & ((OF_PAGES_AND_TABLES | {"pandas"}) - {"click"}) == set()


SERVE_EVERY_PAGE = """
from exchange.app import create_app
from exchange.config import Settings
app = create_app(Settings())
client = app.test_client()
for rule in app.url_map.iter_rules():
    if "GET" in rule.methods:
        choices = {name: getattr(rule._converters[name], "items", ()) for name in rule.arguments}
        values = {name: min(choices[name], default="0" * 32) for name in rule.arguments}
        _, path = rule.build(values)
        client.get(path)
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_app_after_every_page_holds_no_solver(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["exchange.settings"]
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("EXCHANGE_INSTANCE_DIR", str(settings.instance_dir))
    loaded = loaded_by(SERVE_EVERY_PAGE)
    assert "flask" in loaded
    assert loaded & OF_SOLVERS == set()
