"""What waits on the wall's clock says so: everything else of the exchange waits on its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("account", "admin", "api", "dialects", "market", "service", "trading")
"""Of what follows the exchange's time. Feeds of live markets, the database and connections do
not."""

WAITS = ("time", "sleep", "call_later", "call_at", "timeout", "timeout_at")
LOOKS = ("time_ns", "monotonic", "perf_counter")
OWNERS = ("asyncio", "loop", "_loop", "get_running_loop", "time")
REASON = re.compile(r"\bwall\b")
"""Stands in the function, or says of its class whose time that is."""


def waits_without_reason(source: str) -> Iterator[tuple[str, int]]:
    """Functions that wait by the machine's clock, or look at it, or hand it on, and do not say
    why."""
    tree = _WithoutGivingWay().visit(ast.parse(source))
    lines = source.splitlines()
    said = {
        id(function)
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef) and REASON.search(ast.get_docstring(owner) or "")
        for function in owner.body
    }
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = "\n".join(lines[function.lineno - 1 : function.end_lineno])
        if id(function) not in said and not REASON.search(text):
            yield from ((function.name, one.lineno) for one in waits_in(function))


def waits_in(function: ast.AST) -> Iterator[ast.expr]:
    """Not in the functions within it, which are looked at themselves."""
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.expr) and is_of_the_wall(node):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from waits_in(node)


def is_of_the_wall(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name, value=owner):
            return name in (*WAITS, *LOOKS) and _name_of(owner) in OWNERS
        case ast.Name(id=name, ctx=ast.Load()):
            return name in LOOKS
        case _:
            return False


class _WithoutGivingWay(ast.NodeTransformer):
    """`asyncio.sleep(0)` is no waiting."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(func=ast.Attribute(attr="sleep"), args=[ast.Constant(value=0)]):
                return ast.Constant(None)
            case _:
                return self.generic_visit(node)


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
        f"engine.clock, or say why it is the wall's"
        for folder in FOLDERS
        for path in sorted((ROOT / "hypersim" / folder).rglob("*.py"))
        for name, line in waits_without_reason(path.read_text())
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    "line",
    [
        "await asyncio.sleep(1)",
        "loop.time()",
        "get_running_loop().call_later(1, f)",
        "now_s = loop.time",
        "time.monotonic()",
        "since_s = monotonic()",
        "asyncio.timeout(1)",
    ],
)
def test_a_wait_without_a_reason_is_found(line: str) -> None:
    assert list(waits_without_reason(f"async def f():\n    {line}\n")) == [("f", 2)]
    said = f"async def f():\n    # The wall's time.\n    {line}\n"
    assert not list(waits_without_reason(said))


def test_giving_way_is_no_wait() -> None:
    assert not list(waits_without_reason("async def f():\n    await asyncio.sleep(0)\n"))
