"""`--symbols` for a recording of several."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from hypersim.feeds.choice_of_symbols import choice_of
from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.service.feed import FeedUnavailable
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.recordings import kline, saved
from tests.support.timed_feeds import events_of, options_at


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("ETH/USDT", ["ETH/USDT"]),
        ("USDT:1", ["BTC/USDT"]),
        ("all", ["BTC/USDT", "ETH/USDT", "ETH/BTC"]),
    ],
)
async def test_of_several_symbols_those_are_played_that_were_chosen(
    tmp_path: Path, text: str, symbols: list[str]
) -> None:
    for id_ in ("BTCUSDT", "ETHUSDT", "ETHBTC"):
        saved(tmp_path / f"{id_}-1m-a.csv", kline(0, "10 13 9 12 8"))
    given = replace(options_at(clock=SimulatedClock(0, 0)), choice=choice_of(text))
    feed = ReplayFeed(given, parse_source(str(tmp_path)))
    assert [one.symbol for one in await feed.open()] == symbols
    assert {event.symbol for event in await events_of(feed)} == set(symbols)


async def test_a_chosen_symbol_that_was_not_recorded_ends_the_start_by_name(
    tmp_path: Path,
) -> None:
    saved(tmp_path / "BTCUSDT-1m-a.csv", kline(0, "10 13 9 12 8"))
    given = replace(options_at(), choice=choice_of("BTC/USDT,PEPE/USDT"))
    with pytest.raises(FeedUnavailable) as raised:
        await ReplayFeed(given, parse_source(str(tmp_path))).open()
    assert str(raised.value) == "--symbols: the recording has no PEPE/USDT, only BTC/USDT"
