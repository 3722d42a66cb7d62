"""Candles over REST: whole, without gaps, and the newest one as it stands."""

import time

import httpx
import pytest

from hypersim.market.candle import Interval
from tests.support.server import ServerProcess

INTERVALS = [interval for interval in Interval if interval is not Interval.S1]


def klines(server: ServerProcess, **parameters: str | int) -> list[list[float]]:
    answer = httpx.get(f"{server.url}/v1/klines/BTC/USDT", params=parameters, trust_env=False)
    assert answer.status_code == 200, answer.text
    bars: list[list[float]] = answer.json()
    return bars


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_newest_bar_is_the_one_that_is_running(
    synthetic_server: ServerProcess, interval: Interval
) -> None:
    # Asked before and after, as a bar may begin between the question and the answer.
    before = interval.open_ms(time.time_ns() // 1_000_000)
    bars = klines(synthetic_server, interval=interval.value, limit=3)
    after = interval.open_ms(time.time_ns() // 1_000_000)
    assert bars[-1][0] in (before, after)
    assert len(bars) == 3


@pytest.mark.parametrize("interval", INTERVALS)
def test_bars_follow_each_other_without_a_gap(
    synthetic_server: ServerProcess, interval: Interval
) -> None:
    opens = [int(bar[0]) for bar in klines(synthetic_server, interval=interval.value, limit=14)]
    assert len(opens) == 14
    assert opens[1:] == [interval.next_open_ms(open_ms) for open_ms in opens[:-1]]


def test_a_running_week_holds_every_day_of_it(synthetic_server: ServerProcess) -> None:
    week = klines(synthetic_server, interval="1w", limit=1)[0]
    days = klines(synthetic_server, interval="1d", since=int(week[0]), limit=7)
    assert week[1] == days[0][1]
    assert week[2] >= max(day[2] for day in days[:-1] or days)
    assert week[3] <= min(day[3] for day in days[:-1] or days)


def test_a_page_starts_at_since_and_is_no_longer_than_limit(
    synthetic_server: ServerProcess,
) -> None:
    since = 1_700_000_100_000
    bars = klines(synthetic_server, interval="5m", since=since, limit=7)
    first = Interval.M5.first_open_ms(since)
    assert [bar[0] for bar in bars] == [first + n * 300_000 for n in range(7)]
