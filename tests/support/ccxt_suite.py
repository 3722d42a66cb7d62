"""CCXT's own test functions, driven against any exchange instance.

The wheel holds CCXT's live test-suite: one function per unified method, and validators for each
structure. Its own runner cannot be used here: it refuses to run from `site-packages`, counts errors
as warnings and never looks at a test's result. This module takes the functions out of it, with the
arguments that the runner would pass, and repairs what does not run in Python. Repairs are made on
the syntax tree at load time and touch no assertion but one, which is turned the right way round:

- the check for a non-empty answer looks at the wrong case, so an empty list always passes;
- the createOrder test adds numbers to text for its log, uses undefined names, indexes the exchange
  object like a dict, rounds with a mode that Python's version lacks, and does not await;
- `ends = now + 15000` is how long the stream tests watch: `watch_ms` replaces it.
"""

import ast
import importlib.util
import inspect
import math
import textwrap
import time
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from ccxt.test.exchange.base import test_shared_methods

WATCH_MS = 1_000

UNLISTED = {False: ("fetchL2OrderBook",), True: ("fetchTradingFee", "createOrder")}
"""Shipped test functions that CCXT's runner calls on request or never, by whether they are private;
they take a symbol."""

ALWAYS = ("loadMarkets", "afterConstruct", "features")
"""Tests of the exchange as a whole, which no entry of `has` announces."""


class Flavour(StrEnum):
    """Which of CCXT's three bases is under test."""

    SYNC = "sync"
    ASYNC = "async"
    PRO = "pro"


def non_empty(
    exchange: Any, skipped: Mapping[str, Any], method: str, entry: Any, hint: Any = None
) -> None:
    """`assert_non_emtpy_array` as it is meant."""
    text = f"{exchange.id} {method} {hint or ''}"
    assert isinstance(entry, list), f"{text}: expected an array, got {entry!r}"
    assert entry or "emptyResponse" in skipped, f"{text}: expected a non-empty array"


test_shared_methods.assert_non_emtpy_array = non_empty


def round_up(number: float, tick: float) -> str:
    """The lowest multiple of the tick that is not below the number."""
    step = Decimal(str(tick))
    return str((Decimal(str(number)) / step).to_integral_value(ROUND_CEILING) * step)


class _Repairs(ast.NodeTransformer):
    """See the module's docstring."""

    def __init__(self, watch_ms: int, awaited: tuple[str, ...] = ()) -> None:
        self._watch_ms = watch_ms
        self._awaited = awaited

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Drop log lines, and changes of the import path."""
        if isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func)
            if called in ("tco_debug", "sys.path.append"):
                return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """`exchange[name]` is `getattr(exchange, name)`."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "exchange":
            return _call("getattr", node.value, node.slice)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Rounding up, and the missing await."""
        self.generic_visit(node)
        called = ast.unparse(node.func)
        if called == "exchange.decimal_to_precision":
            assert ast.unparse(node.args[1]) == "2", ast.unparse(node)
            return _call("round_up", node.args[0], node.args[2])
        if self._awaited and called.startswith(("exchange.fetch_", "getattr(exchange")):
            return ast.Await(node)
        if called in ("test_shared_methods.fetch_order", "test_shared_methods.fetch_best_bid_ask"):
            return ast.Call(ast.Name(node.func.attr, ast.Load()), node.args, [])  # type: ignore[attr-defined]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Those that must await are coroutines."""
        self.generic_visit(node)
        if node.name not in self._awaited:
            return node
        return ast.AsyncFunctionDef(**{name: getattr(node, name) for name in node._fields})

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """How long to watch; the test that ends by itself keeps its time."""
        return ast.Constant(self._watch_ms) if node.value == 15_000 else node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _load(module: str, repairs: ast.NodeTransformer, **known: Any) -> dict[str, Any]:
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None, module
    tree = repairs.visit(ast.parse(Path(spec.origin).read_text()))
    names = {"__name__": module, "__file__": spec.origin, "Error": AssertionError, **known}
    exec(compile(ast.fix_missing_locations(tree), spec.origin, "exec"), names)
    return names


@cache
def function_of(flavour: Flavour, method: str, watch_ms: int = WATCH_MS) -> Callable[..., Any]:
    """CCXT's test function for a unified method, ready to run."""
    name = "test_" + snake_case(method)
    if flavour is Flavour.PRO:
        namespace = _load(f"ccxt.pro.test.Exchange.{name}", _Repairs(watch_ms))
    else:
        lookups = ("fetch_order", "fetch_best_bid_ask")
        awaited = lookups if flavour is Flavour.ASYNC else ()
        shared = _load("ccxt.test.exchange.base.test_shared_methods", _Repairs(0, awaited))
        namespace = _load(
            f"ccxt.test.exchange.{flavour}.{name}",
            _Repairs(watch_ms),
            round_up=round_up,
            math=math,
            time=time,
            **{lookup: shared[lookup] for lookup in lookups},
        )
    function: Callable[..., Any] = namespace[name]
    return function


def has_function(flavour: Flavour, method: str) -> bool:
    """Whether CCXT ships a test for the method."""
    folder = "pro.test.Exchange" if flavour is Flavour.PRO else f"test.exchange.{flavour}"
    return importlib.util.find_spec(f"ccxt.{folder}.test_{snake_case(method)}") is not None


def snake_case(method: str) -> str:
    """fetch_ohlcv for fetchOHLCV"""
    text = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in method)
    return text.replace("o_h_l_c_v", "ohlcv")


def listed_calls(
    flavour: Flavour, symbols: list[str], code: str, *, private: bool
) -> dict[str, list[Any]]:
    """The methods that CCXT's runner tests, each with the arguments that it passes."""
    rest, streams = _tables("run_private_tests" if private else "run_public_tests")
    chosen = ast.Expression(streams if flavour is Flavour.PRO else rest)
    names = {"primary_symbol": symbols[0], "symbol": symbols[0], "symbols": symbols, "code": code}
    calls: dict[str, list[Any]] = eval(compile(chosen, "tests_sync", "eval"), names)
    if flavour is Flavour.PRO:
        return calls
    unlisted = {method: [symbols[0]] for method in UNLISTED[private]}
    return {"loadMarkets": [], **calls, **unlisted}


@cache
def _tables(runner: str) -> tuple[ast.expr, ast.expr]:
    """The runner's tables of methods and arguments: without and with streams."""
    spec = importlib.util.find_spec("ccxt.test.tests_sync")
    assert spec is not None and spec.origin is not None
    # Only the one function: the file has thousands of lines.
    source = Path(spec.origin).read_text().split(f"    def {runner}(", 1)[1].split("\n    def ")[0]
    rest, streams = [
        node.value
        for node in ast.walk(ast.parse(f"def {runner}({textwrap.dedent(source)}"))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "tests"
    ]
    return rest, streams


def runnable(
    flavour: Flavour, exchange: Any, symbols: list[str], code: str, *, private: bool
) -> dict[str, list[Any]]:
    """Those of `listed_calls` that CCXT ships a function for and that the exchange says it has."""
    return {
        method: arguments
        for method, arguments in listed_calls(flavour, symbols, code, private=private).items()
        if has_function(flavour, method) and (method in ALWAYS or exchange.has.get(method))
    }


async def run(
    flavour: Flavour,
    exchange: Any,
    method: str,
    arguments: list[Any],
    *,
    skips: Mapping[str, Any] | None = None,
    watch_ms: int = WATCH_MS,
) -> None:
    """Run one test; it raises what is wrong. `skips` are CCXT's "skipped properties": use them for
    what CCXT itself skips for an exchange, and say why."""
    outcome = function_of(flavour, method, watch_ms)(exchange, dict(skips or {}), *arguments)
    if inspect.isawaitable(outcome):
        await outcome
