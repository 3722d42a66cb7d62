"""Minutes are whole in whatever order their trades come."""

from decimal import Decimal

from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, flat_candle
from hypersim.market.minutes import Minutes

START_MS = 20_000 * DAY_MS


def bar(open_ms: int, price: int, volume: int = 1) -> Candle:
    return flat_candle(open_ms, Decimal(price)).with_trade(
        Decimal(price), Decimal(volume), buyer_is_taker=True
    )


def test_many_trades_that_come_late_are_in_the_minute_in_which_they_happened() -> None:
    minutes = Minutes()
    minutes.load([bar(START_MS, 100), bar(START_MS + MINUTE_MS, 100)])
    changed = minutes.add_told(bar(START_MS + MINUTE_MS + 1, 105, 3))
    volumes = [one.volume for one in minutes.since(START_MS)]
    assert volumes == [Decimal(1), Decimal(4), Decimal(0)]
    assert [one.open_ms for one in changed] == [START_MS + MINUTE_MS]


def test_a_minute_without_a_trade_stands_at_the_last_price_that_is_found_out_later() -> None:
    minutes = Minutes()
    minutes.resume(bar(START_MS, 100))
    minutes.pass_time(START_MS + 3 * MINUTE_MS)
    minutes.load([bar(START_MS, 90, 7)])
    assert [one.close for one in minutes.since(START_MS)] == [Decimal(90)] * 4
