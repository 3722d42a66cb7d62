"""docs/coverage/binance.md says of every part of Binance's documents how much of it is here; it
cannot be stale, claim what the code does not have, or list what nobody tests."""

import re
from pathlib import Path

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
def tests_source() -> str:
    files = [file for folder in TESTS for file in sorted((ROOT / folder).rglob("*.py"))]
    assert files
    return "\n".join(file.read_text() for file in files)


def names_of(data: Data, kind: Kind) -> list[str]:
    """What is said to be here."""
    return [row.name for row in data.of(kind) if row.status is not Status.NONE]


def test_the_page_is_what_the_script_writes(data: Data) -> None:
    assert PAGE.read_text() == page(data), "run `make docs`"


def test_the_data_says_what_the_code_has(data: Data) -> None:
    assert disagreements(data) == []


def test_every_endpoint_is_named_in_a_test(data: Data, tests_source: str) -> None:
    paths = {name.split()[1] for name in names_of(data, Kind.REST)}
    assert [path for path in sorted(paths) if not is_path_in(path, tests_source)] == []


def test_every_method_is_named_in_a_test(data: Data, tests_source: str) -> None:
    methods = names_of(data, Kind.METHODS)
    assert [name for name in methods if f'"{name}"' not in tests_source] == []


def is_path_in(path: str, source: str) -> bool:
    """Whole, not as the beginning of a longer one."""
    return re.search(rf"{re.escape(path)}(?![\w/-])", source) is not None


def test_a_longer_path_is_no_test_of_a_shorter_one() -> None:
    assert is_path_in("/api/v3/order", 'client.get("/api/v3/order")')
    assert is_path_in("/api/v3/order", "GET /api/v3/order?symbol=BTCUSDT")
    assert not is_path_in("/api/v3/order", "/api/v3/orderList /api/v3/order/test")


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
        ('[filters."A"]\n"MAX_POSITION" = "full"', "MAX_POSITION: said to be full, but not both"),
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
