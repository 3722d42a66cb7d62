"""What mypyc would quietly make something else of does not stand in the modules that it compiles.

It drops the keywords of a msgspec Struct, and makes a list of a generator expression: whoever was
promised an iterator then has all of it done at once, or cannot ask it for the next.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
COMPILED: list[str] = WHEEL["hooks"]["custom"]["modules"]

LAZY = frozenset(("Iterator", "Generator"))

WRONG = """
import msgspec
from collections.abc import Iterable, Iterator

class Pair(msgspec.Struct, frozen=True):
    first: int

def doubled(numbers: Iterable[int]) -> Iterator[int]:
    return (2 * one for one in numbers)

def listed(numbers: Iterable[int]) -> list[int]:
    return list(2 * one for one in numbers)
"""


@pytest.mark.parametrize("module", COMPILED)
def test_a_compiled_module_means_the_same_compiled(module: str) -> None:
    assert not list(changed_by_compiling(ast.parse((ROOT / module).read_text())))


def test_what_compiling_would_change_is_found() -> None:
    assert list(changed_by_compiling(ast.parse(WRONG))) == ["Pair", "doubled"]


def changed_by_compiling(module: ast.Module) -> Iterator[str]:
    """Names of Structs, and of functions that return a generator expression as an iterator."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            if any("Struct" in ast.unparse(base) for base in node.bases):
                yield node.name
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            words = {one.id for one in ast.walk(node.returns) if isinstance(one, ast.Name)}
            if words & LAZY and any(map(is_generator_returned, ast.walk(node))):
                yield node.name


def is_generator_returned(node: ast.AST) -> bool:
    """Whether it is `return (… for … in …)`."""
    return isinstance(node, ast.Return) and isinstance(node.value, ast.GeneratorExp)
