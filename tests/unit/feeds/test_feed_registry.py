"""The folder of feeds is the registry of feeds."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from hypersim import feeds
from hypersim.market.candle import Interval
from hypersim.service.feed import FeedState
from tests.support.timed_feeds import NOON_MS, events_of, options_at

pytestmark = pytest.mark.usefixtures("no_clock")


def test_every_module_that_builds_a_feed_has_a_name_and_no_other_has() -> None:
    names = feeds.names()
    assert {"manual", "replay", "synthetic"} <= set(names)
    assert not {"options", "listing", "recordings", "__init__"} & set(names)
    assert list(names) == sorted(names)


def test_an_unknown_feed_is_refused_with_the_names_of_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no feed 'bitmex'.*manual.*replay.*synthetic"):
        feeds.build("bitmex", options_at())
    with pytest.raises(LookupError):
        feeds.build("options", options_at())
    with pytest.raises(LookupError):
        feeds.timeline_start_ms("")


def test_what_stands_after_the_colon_is_the_feeds_argument(tmp_path: Path) -> None:
    feed = feeds.build(f"replay:{tmp_path}", options_at())
    assert str(tmp_path) in feed.status().detail


def test_only_a_recording_says_when_time_starts(tmp_path: Path) -> None:
    file = tmp_path / "BTCUSDT-trades-x.csv"
    file.write_text("1,40000.00,0.5,20000,1610064000278,True,True\n")
    assert feeds.timeline_start_ms(f"replay:{file}") == 1_610_064_000_278
    assert feeds.timeline_start_ms("synthetic") is None
    assert feeds.timeline_start_ms("manual") is None


async def test_the_manual_feed_is_silent_until_it_is_closed() -> None:
    options = options_at()
    feed = feeds.build("manual", options)
    assert await feed.open() == options.instruments
    assert await feed.history("BTC/USDT", Interval.M1, 0, NOON_MS) == []
    reading = asyncio.create_task(events_of(feed))
    await asyncio.sleep(0)
    assert not reading.done()
    assert feed.status().state is FeedState.LIVE
    await feed.close()
    assert await asyncio.wait_for(reading, 1) == []


def test_a_feed_can_do_with_the_options_that_have_no_default() -> None:
    options = msgspec.structs.replace(options_at(), instruments=())
    assert feeds.build("manual", options).status().name == "manual"
