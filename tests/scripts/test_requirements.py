"""What `make demo` installs must be enough to run it."""

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOR_TESTS_ALONE = {"fixtures.py", "stack.py"}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^\s;]+)", text, re.MULTILINE))


SITE, DEVELOPMENT = locked("base"), locked("dev")
MODULES = [
    path
    for folder in ("proconnect", "federation", "identite", "tests/mirrors")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name not in FOR_TESTS_ALONE and not path.name.startswith("test_")
]


class Imports(ast.NodeVisitor):
    """The first name of all that a module imports when it runs."""

    def __init__(self, module: Path) -> None:
        self.names: set[str] = set()
        self.visit(ast.parse(module.read_text()))

    def visit_Import(self, node: ast.Import) -> None:
        self.names |= {alias.name.partition(".")[0] for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and not node.level:
            self.names.add(node.module.partition(".")[0])

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)


def test_the_site_runs_on_the_versions_that_are_tested():
    assert {name: DEVELOPMENT.get(name) for name in SITE} == SITE


def test_the_site_and_the_demo_import_no_development_package():
    distributions = packages_distributions()
    owners = {
        distribution.lower().replace("_", "-"): str(module.relative_to(ROOT))
        for module in MODULES
        for name in Imports(module).names
        for distribution in distributions.get(name, [])
    }
    assert {name: module for name, module in owners.items() if name in DEVELOPMENT.keys() - SITE.keys()} == {}


@pytest.mark.parametrize("name", ["base", "dev", "postgresql"])
def test_every_package_is_locked_by_hash(name: str):
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements" / f"{name}.txt").read_text().strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
