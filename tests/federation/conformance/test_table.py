"""The page of the documentation says which module is which test: it cannot say more than there is, nor less."""

import ast
import re
from pathlib import Path

import pytest

from tests.federation.conformance import modules
from tests.federation.conformance.checks import Published
from tests.federation.conformance.modules import MODULES, PLANS, Module

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "partenaires" / "conformite.md"
PARAMETRIZED = "test_basic_and_form_post.py"


def functions_of(file: str) -> dict[str, ast.FunctionDef]:
    return {
        node.name: node
        for node in ast.parse((HERE / file).read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_oidcc_")
    }


def test_every_module_has_its_test_and_every_test_its_module() -> None:
    for plan in PLANS:
        assert functions_of(plan.test_file).keys() == {module.test for module in plan.modules}, plan.name


def test_modules_of_both_basic_and_form_post_run_under_both() -> None:
    for name, function in functions_of(PARAMETRIZED).items():
        arguments = {argument.arg for argument in function.args.args}
        assert arguments & {"applicant", "second_applicant"}, name


def test_no_test_of_a_module_may_be_left_out_or_fail() -> None:
    """What the suite skips is tested all the same: that it will, and why."""
    for plan in PLANS:
        text = (HERE / plan.test_file).read_text()
        assert not re.search(r"pytest\.skip|mark\.skip|xfail", text), plan.test_file


def test_the_page_of_the_documentation_holds_the_table() -> None:
    assert modules.table() in PAGE.read_text()


@pytest.mark.parametrize(
    "module", [each for each in MODULES.values() if each.skip], ids=lambda each: each.name
)
def test_the_suite_skips_what_the_table_says_it_skips(module: Module, published: Published) -> None:
    assert module.skip
    assert module.skip.happens(published.metadata)
