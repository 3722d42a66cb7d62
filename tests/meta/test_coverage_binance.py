"""docs/coverage/binance.md says of every part of Binance's documents how much of it is here; it
cannot be stale, claim what the code does not have, or list what nobody tests."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.coverage_binance import (
    DATA,
    PAGE,
    BadData,
    Data,
    Kind,
    Status,
    disagreements,
    page,
    read_data,
)

ROOT = Path(__file__).parents[2]
TESTS = ("tests/conformance/binance", "tests/unit/dialects/binance")
HEAD = '[documents]\nname = "documents"\ndate = "2026-07-21"\n'


@pytest.fixture(scope="module")
def data() -> Data:
    return read_data(DATA.read_text())


@pytest.fixture(scope="module")
def files() -> list["Written"]:
    paths = [path for folder in TESTS for path in sorted((ROOT / folder).rglob("*.py"))]
    assert paths
    return [read_file(path.read_text()) for path in paths]


class Written(NamedTuple):
    """What a file of tests writes out: texts, and f-strings as patterns."""

    texts: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def names(self, name: str) -> bool:
        """Whether the name stands there whole, or is made there from a pattern and other texts."""
        if name in self.texts:
            return True
        matches = (pattern.fullmatch(name) for pattern in self.patterns)
        return any(match and self.texts.issuperset(match.groups()) for match in matches)

    def names_path(self, path: str) -> bool:
        """The same for a path, which may be part of a text, or come without /api/v3/ where tests
        have a client of that."""
        whole = re.compile(rf"{re.escape(path)}(?![\w/-])")
        is_there = any(whole.search(text) for text in self.texts)
        return is_there or self.names(path) or self.names(path.removeprefix("/api/v3/"))


def read_file(source: str) -> Written:
    nodes = list(ast.walk(ast.parse(source)))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    patterns = [pattern_of(node) for node in nodes if isinstance(node, ast.JoinedStr)]
    return Written(
        frozenset(text for text in texts if isinstance(text, str)),
        # A pattern without a word of its own would fit everything.
        tuple(re.compile(one) for one in patterns if re.search(r"\w", one.replace("(.+)", ""))),
    )


def pattern_of(string: ast.JoinedStr) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(.+)"
        for part in string.values
    )


def names_of(data: Data, kind: Kind) -> list[str]:
    """What is said to be here."""
    return [row.name for row in data.of(kind) if row.status is not Status.NONE]


def test_the_page_is_what_the_script_writes(data: Data) -> None:
    assert PAGE.read_text() == page(data), "run `make docs`"


def test_the_data_says_what_the_code_has(data: Data) -> None:
    assert disagreements(data) == []


def test_every_endpoint_is_named_in_a_test(data: Data, files: list[Written]) -> None:
    paths = {name.split()[1] for name in names_of(data, Kind.REST)}
    assert [one for one in sorted(paths) if not any(file.names_path(one) for file in files)] == []


def test_every_method_is_named_in_a_test(data: Data, files: list[Written]) -> None:
    methods = names_of(data, Kind.METHODS)
    assert [one for one in methods if not any(file.names(one) for file in files)] == []


@pytest.mark.parametrize(
    ("source", "is_named"),
    [
        ('client.get("/api/v3/order")', True),
        ('client.get("/api/v3/order?symbol=BTCUSDT")', True),
        ('trader.ask("POST", "order")', True),
        ('trader.ask("POST", f"ord{end}", end="er")', True),
        ('trader.ask("POST", f"ord{end}", end="ers")', False),
        ('trader.ask("POST", f"{name}")', False),
        ('client.get("/api/v3/orderList", "/api/v3/order/test", "orders")', False),
        ("order()", False),
    ],
)
def test_only_a_path_that_stands_there_whole_counts(source: str, is_named: bool) -> None:
    assert read_file(source).names_path("/api/v3/order") is is_named


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ('[methods."A"]\n"ping" = "none: why"', "ping: said to be none, but the code has it"),
        ('[methods."A"]\n"pong" = "full"', "pong: said to be full, but the code has none"),
        (
            '[rest."A"]\n"GET /a" = "partial: b"',
            "GET /a: said to be partial, but the code has none",
        ),
        ('[rest."A"]', "GET /api/v3/time: in the code, but not in the data"),
        ('[streams."A"]', "TRADE: in the code, but no stream in the data tells it"),
        (
            '[streams."A"]\n"<symbol>@kline_<window_size>s" = "full"',
            "<symbol>@kline_<window_size>s: said to be full, but the code has none",
        ),
        ('[errors."A"]\n"-1021 INVALID_TIMESTAMP" = "none: why"', "-1021 INVALID_TIMESTAMP: said"),
        ('[messages."A"]\n"Nobody says so." = "full"', "Nobody says so.: said to be full"),
        ('[filters."A"]\n"MIN_NOTIONAL" = "full"', "MIN_NOTIONAL: said to be full, but not both"),
    ],
)
def test_data_that_the_code_does_not_bear_out_is_reported(lines: str, complaint: str) -> None:
    found = disagreements(read_data(HEAD + lines))
    assert [line for line in found if line.startswith(complaint)], found


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('[rest."A"]\n"GET /a" = "mostly"', "GET /a: 'mostly' is none of full, partial, none"),
        ('[rest."A"]\n"GET /a" = "partial"', "GET /a: partial needs a note"),
        ('[rest."A"]\n"GET /a" = "full"\n[rest."B"]\n"GET /a" = "full"', "GET /a: listed twice"),
        ('[errors."A"]\n"-1 A" = "full"\n"-1 B" = "full"', "-1 B: listed twice"),
        ('[verbs."A"]\n"GET" = "full"', "unknown tables: verbs"),
    ],
)
def test_a_line_that_says_nothing_is_refused(lines: str, message: str) -> None:
    with pytest.raises(BadData) as error:
        read_data(HEAD + lines)
    assert str(error.value) == message
