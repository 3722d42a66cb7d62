"""Recordings that cannot be used are refused, and say where in one line."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from hypersim import feeds
from hypersim.market.events import (
    MarketEvent,
    TradePrinted,
)
from hypersim.service.feed import FeedState, FeedUnavailable
from tests.support.recordings import T0, kline, of, played, replaying, saved, trade
from tests.support.timed_feeds import events_of, options_at


@pytest.mark.parametrize(
    ("name", "lines", "complaint"),
    [
        ("BTCUSDT.txt", ["x"], "BTCUSDT.txt is of an unknown kind"),
        ("BTCUSDT.csv", [], "BTCUSDT.csv has no rows"),
        ("BTCUSDT.csv", ["hello,world"], "BTCUSDT.csv is no dump of klines, trades"),
        ("BTCUSDT.csv", ["open,high,low,close"], "no rows below its header"),
        ("BTCUSDT.csv", ["open,high,low,close", "1,1,1,1"], "no column 'open_time'"),
        ("x.csv", [kline(0, "1 1 1 1 1")], "'X' is no symbol; name the file like"),
        ("BTCUSDT.zip", ["no zip"], "BTCUSDT.zip cannot be read"),
        ("BTCUSDT.csv", [kline(1, "1 1 1 1 1"), kline(0, "1 1 1 1 1")], "not in order of time"),
        ("BTCUSDT.csv", [kline(0, "1 1 1 1 1"), "1,2"], "line 2: 2 columns are too few"),
        (
            "BTCUSDT.csv",
            [kline(0, "1 1 1 1 1"), kline(1, "1 1 2 1 1")],
            "line 2: this is no candle",
        ),
        ("BTCUSDT.csv", [kline(0, "1 1 1 1 1"), kline(1, "1 1 1 NaN 1")], "line 2: 'NaN'"),
        ("BTCUSDT.csv", [kline(0, "1 1 1 1 1", length_ms=7)], "candles of an unknown length"),
    ],
)
async def test_a_recording_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, name: str, lines: list[str], complaint: str
) -> None:
    feed = replaying(saved(tmp_path / name, *lines))
    with pytest.raises(FeedUnavailable, match=complaint) as caught:
        await feed.open()
    assert "\n" not in str(caught.value)


async def test_a_path_with_nothing_to_play_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedUnavailable, match=r"gone does not exist"):
        await replaying(tmp_path / "gone").open()
    with pytest.raises(FeedUnavailable, match=r"no recording in"):
        await replaying(tmp_path).open()
    with pytest.raises(FeedUnavailable, match=r"replay:PATH"):
        feeds.build("replay", options_at())
    with pytest.raises(FeedUnavailable, match=r"warmup is a number of minutes"):
        feeds.timeline_start_ms("replay:somewhere?warmup=soon")


async def test_a_bad_row_far_into_the_recording_ends_the_feed_with_its_line(tmp_path: Path) -> None:
    lines = [trade(n, T0 + n, "100") for n in range(20)]
    feed = replaying(saved(tmp_path / "BTCUSDT-t.csv", *lines, trade(20, T0 + 20, "1e2")))
    await feed.open()
    seen: list[MarketEvent] = []
    with pytest.raises(FeedUnavailable, match="line 21: '1e2' is not a plain decimal"):
        async for event in feed.events():
            seen.append(event)
    assert [one.venue_id for one in of(TradePrinted, seen)] == list(range(20))
    assert feed.status().state is FeedState.ENDED
    assert "line 21" in feed.status().detail


async def test_a_file_of_several_symbols_is_refused(tmp_path: Path) -> None:
    header = "symbol,id,price,qty,time,is_buyer_maker"
    rows = f"BTCUSDT,1,5,1,{T0},true", f"ETHUSDT,2,5,1,{T0},true"
    feed = replaying(saved(tmp_path / "mixed.csv", header, *rows))
    assert [one.symbol for one in await feed.open()] == ["BTC/USDT"]
    with pytest.raises(FeedUnavailable, match="line 3: is of ETHUSDT: one file may hold one"):
        await events_of(feed)


async def test_trades_that_go_back_in_time_are_refused(tmp_path: Path) -> None:
    file = saved(tmp_path / "BTCUSDT-t.csv", trade(1, T0 + 9, "5"), trade(2, T0, "5"))
    with pytest.raises(FeedUnavailable, match="not in order of time"):
        await played(file)


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed")
async def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FeedUnavailable, match="needs pyarrow, which is not installed"):
        await replaying(saved(tmp_path / "BTCUSDT-1m.parquet", "x")).open()
