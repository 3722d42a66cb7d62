"""Log lines of one kind come at most once a second, and none is lost from the count."""

import asyncio
import logging
from typing import Any

import pytest
import structlog
from structlog.testing import CapturingLogger

from hypersim.cli.quiet_lines import QuietLines, QuietRecords
from tests.support.http_line import until


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def said(lines: QuietLines, text: str, **values: Any) -> int | None:
    try:
        return int(lines(None, "warning", {"event": text, **values}).get("held_back", 0))
    except structlog.DropEvent:
        return None


def test_a_flood_is_one_line_a_second_with_a_count(clock: Clock) -> None:
    lines = QuietLines(clock)
    assert [said(lines, "bad frame") for _ in range(5)] == [0, None, None, None, None]
    clock.now = 1.0
    assert said(lines, "bad frame") == 4
    clock.now = 2.5
    assert said(lines, "bad frame") == 0


def test_other_texts_levels_and_symbols_are_other_kinds(clock: Clock) -> None:
    lines = QuietLines(clock)
    assert said(lines, "stale", symbol="BTC/USDT") == 0
    assert said(lines, "stale", symbol="ETH/USDT") == 0
    assert said(lines, "fresh", symbol="BTC/USDT") == 0
    assert lines(None, "error", {"event": "stale", "symbol": "BTC/USDT"})["event"] == "stale"
    assert said(lines, "stale", symbol="BTC/USDT", since_s=3) is None


async def test_what_was_held_back_last_is_told_though_nothing_follows() -> None:
    loop = asyncio.get_running_loop()
    captured = CapturingLogger()
    structlog.configure(processors=[QuietLines(loop.time)], logger_factory=lambda *_: captured)
    try:
        log = structlog.get_logger()
        for number in range(4):
            log.warning("bad frame", number=number)
        await until(lambda: len(captured.calls) == 2)
    finally:
        structlog.reset_defaults()
    assert [call.kwargs.get("held_back", 0) for call in captured.calls] == [0, 2]


def test_lines_of_libraries_are_counted_alike() -> None:
    records = QuietRecords()

    def passes() -> bool:
        record = logging.LogRecord("uvicorn", logging.ERROR, "", 0, "failed", None, None)
        return records.filter(record)

    assert [passes() for _ in range(3)] == [True, False, False]
