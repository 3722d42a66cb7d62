"""What waits on the wall's clock says so: everything else of the exchange waits on its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("account", "admin", "api", "dialects", "market", "service", "trading")
"""Of what follows the exchange's time. Feeds of live markets, the database and connections do
not."""

CALLS = ("time", "sleep", "call_later", "call_at")
OWNERS = ("asyncio", "loop", "_loop", "get_running_loop")
REASON = "wall's"


def waits_without_reason(source: str) -> Iterator[tuple[str, int]]:
    """Functions that wait by the machine's clock, or look at it, and do not say why."""
    tree, lines = ast.parse(source), source.splitlines()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = "\n".join(lines[function.lineno - 1 : function.end_lineno])
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and is_of_the_wall(node) and REASON not in text:
                yield function.name, node.lineno


def is_of_the_wall(call: ast.Call) -> bool:
    """Giving way, `asyncio.sleep(0)`, is no waiting."""
    match call:
        case ast.Call(func=ast.Attribute(attr="sleep"), args=[ast.Constant(value=0)]):
            return False
        case ast.Call(func=ast.Attribute(attr=name, value=owner)):
            return name in CALLS and _name_of(owner) in OWNERS
        case _:
            return False


def _name_of(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _name_of(function)
        case _:
            return None


def test_who_waits_on_the_walls_clock_says_why() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name} waits on the machine's clock; wait on "
        f"engine.clock, or say why it is the {REASON}"
        for folder in FOLDERS
        for path in sorted((ROOT / "hypersim" / folder).rglob("*.py"))
        for name, line in waits_without_reason(path.read_text())
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    "line",
    ["await asyncio.sleep(1)", "loop.time()", "get_running_loop().call_later(1, f)"],
)
def test_a_wait_without_a_reason_is_found(line: str) -> None:
    assert list(waits_without_reason(f"async def f():\n    {line}\n")) == [("f", 2)]
    said = f"async def f():\n    # The wall's time.\n    {line}\n"
    assert not list(waits_without_reason(said))


def test_giving_way_is_no_wait() -> None:
    assert not list(waits_without_reason("async def f():\n    await asyncio.sleep(0)\n"))
