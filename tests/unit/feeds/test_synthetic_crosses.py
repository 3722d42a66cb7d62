"""Markets of one asset agree: crosses follow from their legs, whoever lists them and when."""

from decimal import Decimal

import pytest

from hypersim.feeds.listing import load_instruments
from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import DAY_MS, MINUTE_MS, Interval
from hypersim.market.events import DepthUpdated
from hypersim.market.instrument import Instrument
from tests.support.timed_feeds import NOON_MS, events_of, options_at

FEE = Decimal("0.001")
TRIANGLES = (("ETH", "BTC"), ("BNB", "BTC"), ("SOL", "BTC"))


def like(symbol: str, other: str) -> Instrument:
    """An instrument with the grid of another."""
    known = {one.instrument.symbol: one.instrument for one in load_instruments()}[other]
    base, quote = symbol.split("/")
    fields = {name: getattr(known, name) for name in known.__struct_fields__}
    return Instrument(**{**fields, "symbol": symbol, "base": base, "quote": quote})


@pytest.mark.parametrize(
    "seed", [7, *(pytest.param(other, marks=pytest.mark.slow) for other in (8, 9))]
)
async def test_a_triangle_earns_nothing_after_fees_at_any_moment(seed: int) -> None:
    books: dict[str, DepthUpdated] = {}
    compared = 0
    source = SyntheticFeed(options_at(seed=seed))
    async for event in source.events():
        if event.time_ms >= NOON_MS + 3 * MINUTE_MS:
            break
        if isinstance(event, DepthUpdated):
            books[event.symbol] = event
        for coin, other in TRIANGLES:
            legs = [
                books.get(name) for name in (f"{coin}/{other}", f"{coin}/USDT", f"{other}/USDT")
            ]
            if None in legs:
                continue
            cross, first, second = (leg for leg in legs if leg is not None)
            kept = (1 - FEE) ** 3
            there = first.bids[0][0] / cross.asks[0][0] / second.asks[0][0] * kept
            back = cross.bids[0][0] * second.bids[0][0] / first.asks[0][0] * kept
            assert max(there, back) < 1
            compared += 1
    assert compared > 1_000


@pytest.mark.parametrize(("coin", "other"), TRIANGLES)
async def test_closes_of_a_cross_are_those_of_its_legs_at_any_age(coin: str, other: str) -> None:
    source = SyntheticFeed(options_at())
    for end_ms in (NOON_MS, NOON_MS - 1_200 * DAY_MS):
        closes = [
            [bar.close for bar in await source.history(name, Interval.M1, end_ms - DAY_MS, end_ms)]
            for name in (f"{coin}/{other}", f"{coin}/USDT", f"{other}/USDT")
        ]
        tick = like(f"{coin}/{other}", f"{coin}/{other}").tick_size
        for cross, first, second in zip(*closes, strict=True):
            assert abs(cross - first / second) < tick * 2


@pytest.mark.parametrize("quote", ["USD", "USDC", "FDUSD"])
async def test_a_coin_has_one_price_in_all_dollars(quote: str) -> None:
    source = SyntheticFeed(options_at())
    source.add(like(f"DOGE/{quote}", "DOGE/USDT"))
    start_ms = NOON_MS - 600 * MINUTE_MS
    here = await source.history("DOGE/USDT", Interval.M1, start_ms, NOON_MS)
    there = await source.history(f"DOGE/{quote}", Interval.M1, start_ms, NOON_MS)
    assert [bar.close for bar in here] == [bar.close for bar in there]
    assert [bar.volume for bar in here] != [bar.volume for bar in there]


async def test_two_dollars_trade_near_one() -> None:
    source = SyntheticFeed(options_at())
    source.add(like("USDC/USDT", "ADA/USDT"))
    bars = await source.history("USDC/USDT", Interval.M1, NOON_MS - DAY_MS, NOON_MS)
    assert {bar.close for bar in bars} == {Decimal("0.9999"), Decimal("1.0000"), Decimal("1.0001")}


async def test_a_market_that_is_added_has_the_price_of_its_assets_and_a_history() -> None:
    """LTC/BTC and a coin that nobody described, in dollars and in bitcoin."""
    source = SyntheticFeed(options_at())
    for instrument in (
        like("LTC/BTC", "SOL/BTC"),
        like("NEW/USDT", "SOL/USDT"),
        like("NEW/BTC", "SOL/BTC"),
    ):
        source.add(instrument)
    for end_ms in (NOON_MS, NOON_MS - 2_000 * DAY_MS):
        price = {}
        for symbol in ("LTC/BTC", "LTC/USDT", "NEW/BTC", "NEW/USDT", "BTC/USDT"):
            (bar,) = await source.history(symbol, Interval.M1, end_ms - MINUTE_MS, end_ms)
            price[symbol] = float(bar.close)
        for coin in ("LTC", "NEW"):
            fair = price[f"{coin}/USDT"] / price["BTC/USDT"]
            assert price[f"{coin}/BTC"] == pytest.approx(fair, rel=0.001)


async def test_a_market_trades_the_same_whoever_listed_it_and_when() -> None:
    early, late = SyntheticFeed(options_at()), SyntheticFeed(options_at(instruments=()))
    late.add(like("ETH/BTC", "ETH/BTC"))
    bars = [
        await source.history("ETH/BTC", Interval.M15, NOON_MS - DAY_MS, NOON_MS)
        for source in (early, late)
    ]
    assert bars[0] == bars[1]
    first = [event for event in await events_of(early, 500) if event.symbol == "ETH/BTC"]
    second = await events_of(late, len(first))
    assert first == second
