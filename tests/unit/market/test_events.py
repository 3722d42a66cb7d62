"""What no feed may bring into the exchange."""

from decimal import Decimal

import pytest

from hypersim.market.events import DepthUpdated, Level, QuoteUpdated, TradePrinted, is_sound


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
