"""The trades of the synthetic feed: of any time, numbered from its beginning, adding up to bars."""

from itertools import pairwise

import pytest

from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.events import TradePrinted
from hypersim.market.tape import PublicTrade
from tests.support.timed_feeds import NOON_MS, events_of, options_at

YEARS_AGO_MS = NOON_MS - 1_500 * DAY_MS
SYMBOLS = ("BTC/USDT", "ETH/BTC", "DOGE/USDT")


def feed() -> SyntheticFeed:
    return SyntheticFeed(options_at())


async def between(
    source: SyntheticFeed, symbol: str, start_ms: int, end_ms: int
) -> list[PublicTrade]:
    return await source.trades(
        symbol, from_id=None, start_ms=start_ms, end_ms=end_ms, limit=1_000_000
    )


def candle_of(open_ms: int, trades: list[PublicTrade]) -> Candle:
    candle = flat_candle(open_ms, trades[0].price)
    for trade in trades:
        candle = candle.with_trade(
            trade.price,
            trade.quantity,
            buyer_is_taker=not trade.buyer_is_maker,
            trade_id=trade.id,
        )
    return candle


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("end_ms", [NOON_MS, YEARS_AGO_MS])
async def test_the_trades_of_any_minute_add_up_to_its_candle(symbol: str, end_ms: int) -> None:
    source = feed()
    start_ms = end_ms - 30 * MINUTE_MS
    for minute in await source.history(symbol, Interval.M1, start_ms, end_ms):
        trades = await between(source, symbol, minute.open_ms, minute.open_ms + MINUTE_MS)
        assert candle_of(minute.open_ms, trades) == minute


async def test_what_is_printed_live_is_what_is_told_later() -> None:
    printed: dict[str, list[PublicTrade]] = {}
    end_ms = NOON_MS + 2 * MINUTE_MS
    source = SyntheticFeed(options_at(NOON_MS + 20_000))
    for event in await events_of(source, until=lambda event: event.time_ms >= end_ms):
        if isinstance(event, TradePrinted):
            assert event.venue_id is not None
            trade = PublicTrade(
                event.venue_id, event.time_ms, event.price, event.quantity, event.buyer_is_maker
            )
            printed.setdefault(event.symbol, []).append(trade)
    assert len(printed) > 10
    for symbol, trades in printed.items():
        assert await between(source, symbol, NOON_MS, end_ms) == trades


@pytest.mark.parametrize("symbol", SYMBOLS)
async def test_ids_have_no_gap_over_minutes_hours_and_days(symbol: str) -> None:
    midnight_ms = Interval.D1.open_ms(NOON_MS)
    trades = await between(feed(), symbol, midnight_ms - HOUR_MS, midnight_ms + HOUR_MS)
    ids = [trade.id for trade in trades]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert all(a.time_ms <= b.time_ms for a, b in pairwise(trades))


async def test_a_trade_is_found_by_its_id_without_a_search() -> None:
    source = feed()
    for wanted in (1, 2, 77_777, 123_456_789):
        trades = await source.trades(
            "BTC/USDT", from_id=wanted, start_ms=None, end_ms=NOON_MS, limit=300
        )
        assert [trade.id for trade in trades] == list(range(wanted, wanted + 300))


async def test_paging_by_id_begins_with_the_feed_and_ends_now() -> None:
    source = feed()
    beginning_ms = await source.beginning_ms("BTC/USDT")
    assert beginning_ms is not None
    (first,) = await source.trades("BTC/USDT", from_id=0, start_ms=None, end_ms=NOON_MS, limit=1)
    assert first.id == 1
    assert beginning_ms <= first.time_ms < beginning_ms + 1_000
    assert await between(source, "BTC/USDT", 0, beginning_ms) == []
    latest = await source.trades(
        "BTC/USDT", from_id=None, start_ms=None, end_ms=NOON_MS + DAY_MS, limit=50
    )
    assert len(latest) == 50
    assert NOON_MS - MINUTE_MS < latest[-1].time_ms <= NOON_MS
    after = await source.trades(
        "BTC/USDT", from_id=latest[-1].id + 1, start_ms=None, end_ms=NOON_MS + DAY_MS, limit=50
    )
    assert after == []


async def test_nobody_trades_what_is_not_listed() -> None:
    source = feed()
    assert await between(source, "NO/PAIR", 0, NOON_MS) == []
    assert await source.beginning_ms("NO/PAIR") is None
