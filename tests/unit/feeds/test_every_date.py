"""The tests of feeds and of what is made of them hold under every date, not only under today's.

Those of the market itself, and others with `no_clock`, need none: they fail if they read a clock.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.every_date import DATES

ROOT = Path(__file__).parents[3]
TESTS = (
    "tests/unit/service/test_clock.py",
    "tests/unit/service/test_spans_and_zones.py",
    "tests/unit/feeds/test_binance_feed.py::test_history_is_paged_to_the_exact_range",
    "tests/unit/feeds/test_binance_feed.py::test_history_of_every_interval_ends_before_the_unfinished_bar",
    "tests/unit/feeds/test_binance_feed.py::test_a_finished_minute_is_told_in_the_venues_own_words",
    "tests/unit/feeds/test_ccxt_feed.py::test_history_is_paged_and_a_failure_gives_none",
)
"""Of the feeds what makes bars and times; waits do not depend on a date."""

SERVER_TESTS = (
    "tests/conformance/binance/test_market.py",
    "tests/conformance/binance/test_market_tickers.py",
    "tests/conformance/binance/test_user_data.py",
    "tests/conformance/native/test_stream.py",
    "tests/conformance/native_rest/test_klines.py",
    "tests/conformance/native_rest/test_order_life.py",
)
"""Of each API the tests that ask a server process for bars, times, orders and news."""


@pytest.mark.timeout(600)
def test_the_feed_tests_hold_under_every_date() -> None:
    run_tests(*TESTS)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("date", DATES)
def test_servers_hold_under_every_date(date: str) -> None:
    run_tests("--date", date, *SERVER_TESTS)


def run_tests(*arguments: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x"]
    # Nobody here needs these plugins, and one of them takes as long as the tests.
    without = ["-p", "no:cacheprovider", "-p", "no:schemathesis"]
    ran = subprocess.run(
        [*command, *without, "-p", "tests.support.every_date", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4_000:] + ran.stderr[-1_000:]
    assert " passed" in ran.stdout
