"""What the code of the Binance dialect has, by the names that Binance's documents use."""

import ast
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.errors.texts import COUNT_EXCEEDED, FILTER_FAILED
from hypersim.dialects.binance.market.filters import asset_filters, exchange_filters, filters_of
from hypersim.dialects.binance.streams.names import Kind as StreamKind
from hypersim.dialects.binance.streams.names import parse_name
from hypersim.dialects.binance.streams.requests import Method
from hypersim.dialects.binance.user_data import events as user_data_events
from hypersim.feeds.listing import load_instruments
from hypersim.market.number import ONE
from hypersim.trading.rules import AccountLimits

DIALECT = Path(__file__).parents[1] / "hypersim/dialects/binance"

_PLACEHOLDERS = {
    "<symbol>": ("btcusdt",),
    "<interval>": (
        *("1s", "1m", "3m", "5m", "15m", "30m"),
        *("1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"),
    ),
    "<window_size>": ("1h", "4h", "1d"),
    "<levels>": ("5", "10", "20"),
}
"""Every value that the documents allow."""

_CODES = range(1_000, 3_000)
"""Error codes, without their sign."""

_FILTER_FAILURE = "Filter failure: "


def rest_endpoints() -> set[str]:
    """Such as "GET /api/v3/time"."""
    return {route for operation in OPERATIONS for route in operation.rest}


def methods() -> set[str]:
    """Of the WebSocket API."""
    return {method for operation in OPERATIONS for method in operation.methods}


def stream_kinds(template: str) -> set[StreamKind]:
    """What the streams of a template such as <symbol>@depth<levels> tell; nothing unless every one
    of them exists."""
    streams = [parse_name(name) for name in _filled_in(template)]
    kinds = {stream.kind for stream in streams if stream is not None}
    return kinds if None not in streams else set()


def has_stream(template: str) -> bool:
    """Whether all of them can be subscribed to, or come without (!serverShutdown)."""
    return bool(stream_kinds(template)) or template in texts_in_code()


def stream_requests() -> set[str]:
    """What can be asked on a stream connection."""
    return {method.value for method in Method}


def events() -> set[str]:
    """The values of "e" in user data."""
    structs = [
        one
        for one in vars(user_data_events).values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct)
    ]
    fields = [field for struct in structs for field in msgspec.structs.fields(struct)]
    return {str(field.default) for field in fields if field.encode_name == "e"}


def order_types() -> set[str]:
    """The texts that the dialect's words and the modules of orders know, types among them."""
    modules = [DIALECT / "words.py", *_modules("orders")]
    return {text for path in modules for text in _source_of(path).texts}


class FilterNames(NamedTuple):
    """Which filters exchangeInfo shows, and which ones a refusal names."""

    shown: set[str]
    refusing: set[str]


def filters() -> FilterNames:
    """By type, where everything is limited that can be."""
    instrument = load_instruments()[0].instrument
    limited = replace(instrument, iceberg_orders_max=1, position_max=ONE)
    limits = AccountLimits(1, 1, 1, 1, {instrument.base: ONE})
    announced = (
        *filters_of(limited),
        *exchange_filters(limits),
        *asset_filters(limits, instrument),
    )
    shown = {one["filterType"] for one in announced}
    whole = {text for text in texts_in_code() if text.startswith(_FILTER_FAILURE)}
    named = {text.removeprefix(_FILTER_FAILURE) for text in whole} - {""}
    return FilterNames(shown, named | {*FILTER_FAILED.values(), *COUNT_EXCEEDED.values()})


def error_codes() -> set[str]:
    """Such as "-1021": those that a call is given, under a name that is used or is no part of
    `errors/`. There, an error may wait for somebody who raises it."""
    sources = {path: _source_of(path) for path in _modules()}
    used = {name for source in sources.values() for name in source.names}
    return {
        str(code)
        for module, source in sources.items()
        for name, code in source.codes
        if module.parent.name != "errors" or name in used
    }


def texts_in_code() -> set[str]:
    """Every text that is written out in the dialect."""
    return {text for path in _modules() for text in _source_of(path).texts}


class _Source(NamedTuple):
    """`codes` are with the name under which they are; `names` are those that are read."""

    texts: frozenset[str]
    codes: frozenset[tuple[str, int]]
    names: frozenset[str]


@cache
def _source_of(path: Path) -> _Source:
    module = ast.parse(path.read_text())
    nodes = list(ast.walk(module))
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    names = filter(None, map(_name_read, nodes))
    return _Source(
        frozenset(value for value in constants if isinstance(value, str)),
        frozenset(_codes_in(module)),
        frozenset(names),
    )


def _codes_in(module: ast.Module) -> Iterator[tuple[str, int]]:
    for top in module.body:
        name = _name_of(top)
        calls = (node for node in ast.walk(top) if isinstance(node, ast.Call))
        arguments = (argument for call in calls for argument in call.args)
        yield from ((name, code) for code in map(_negative, arguments) if code is not None)


def _name_read(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
            return name
        case _:
            return None


def _name_of(statement: ast.stmt) -> str:
    match statement:
        case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ""


def _negative(node: ast.expr) -> int | None:
    match node:
        case ast.UnaryOp(ast.USub(), ast.Constant(int(code))) if code in _CODES:
            return -code
        case _:
            return None


def _modules(room: str = "") -> list[Path]:
    return sorted((DIALECT / room).rglob("*.py"))


def _filled_in(template: str) -> Iterator[str]:
    used = [name for name in _PLACEHOLDERS if name in template]
    for values in itertools.product(*(_PLACEHOLDERS[name] for name in used)):
        filled = template
        for name, value in zip(used, values, strict=True):
            filled = filled.replace(name, value)
        yield filled
