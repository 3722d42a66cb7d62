"""What no feed may bring into the exchange."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.market.candle import Candle, Interval
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    Level,
    MarketEvent,
    QuoteUpdated,
    TradePrinted,
    is_sound,
)


def level(price: str, size: str = "1") -> Level:
    return Decimal(price), Decimal(size)


def depth(bids: tuple[Level, ...], asks: tuple[Level, ...]) -> DepthUpdated:
    return DepthUpdated("BTC/USDT", 1, bids, asks)


def test_an_ordered_book_is_sound() -> None:
    assert is_sound(depth((level("99"), level("98")), (level("100"), level("101"))))


def test_a_book_with_one_side_or_none_is_sound() -> None:
    assert is_sound(depth((level("99"),), ()))
    assert is_sound(depth((), ()))


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ((level("98"), level("99")), ()),
        ((), (level("101"), level("100"))),
        ((level("99", "0"),), ()),
        ((level("0"),), ()),
        ((), (level("-1"),)),
    ],
)
def test_a_book_out_of_order_or_with_nothing_on_a_level_is_not(
    bids: tuple[Level, ...], asks: tuple[Level, ...]
) -> None:
    assert not is_sound(depth(bids, asks))


def test_a_crossed_quote_is_not_sound() -> None:
    one = Decimal(1)
    assert is_sound(QuoteUpdated("BTC/USDT", 1, Decimal(99), one, Decimal(99), one))
    assert not is_sound(QuoteUpdated("BTC/USDT", 1, Decimal(100), one, Decimal(99), one))


def test_a_trade_of_nothing_is_not_sound() -> None:
    assert not is_sound(TradePrinted("BTC/USDT", 1, Decimal(5), Decimal(0), buyer_is_maker=True))


ONE, END = Decimal(1), Decimal(10) ** 20
BAR = Candle(0, ONE, ONE, ONE, ONE)


def bar(**changes: int) -> CandleClosed:
    return CandleClosed("BTC/USDT", 1, Interval.M1, replace(BAR, **changes))


def test_a_bar_is_sound() -> None:
    assert is_sound(bar(trade_count=5, first_trade_id=7))


@pytest.mark.parametrize(
    "event",
    [
        QuoteUpdated("BTC/USDT", 1, ONE, ONE, END, ONE),
        QuoteUpdated("BTC/USDT", 1, ONE, END, ONE, ONE),
        TradePrinted("BTC/USDT", 1, END, ONE, buyer_is_maker=True),
        TradePrinted("BTC/USDT", 1, ONE, Decimal("Infinity"), buyer_is_maker=True),
        TradePrinted("BTC/USDT", 1, ONE, ONE, buyer_is_maker=True, venue_id=2**63 - 1),
        TradePrinted("BTC/USDT", 2**63, ONE, ONE, buyer_is_maker=True),
        TradePrinted("BTC/USDT", -1, ONE, ONE, buyer_is_maker=True),
        depth((level("1"),), (level("2"), level("1" + 20 * "0"))),
        bar(open_ms=253_402_300_800_000),
        bar(trade_count=2**63),
        bar(first_trade_id=2**63),
    ],
)
def test_what_the_record_cannot_hold_is_not_sound(event: MarketEvent) -> None:
    assert not is_sound(event)
