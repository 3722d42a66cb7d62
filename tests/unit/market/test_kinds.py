"""A market that is added has the filters of its kind."""

from decimal import Decimal

import pytest

from hypersim.market.instrument import Instrument
from hypersim.market.kinds import of_its_kind
from tests.support.timed_feeds import packaged_instruments

PRICES = {
    "BTC/USDT": Decimal("64250.12"),
    "ETH/USDT": Decimal("3280.5"),
    "LTC/USDT": Decimal("71.4"),
    "DOGE/USDT": Decimal("0.12451"),
    "ETH/BTC": Decimal("0.05105"),
}


def added(symbol: str) -> Instrument:
    base, quote = symbol.split("/")
    return of_its_kind(base, quote, packaged_instruments(), PRICES)


@pytest.mark.parametrize("quote", ["USD", "USDC", "FDUSD"])
def test_a_coin_has_the_filters_that_it_has_in_another_dollar(quote: str) -> None:
    here = added(f"DOGE/{quote}")
    (there,) = (one for one in packaged_instruments() if one.symbol == "DOGE/USDT")
    assert (here.symbol, here.base, here.quote) == (f"DOGE/{quote}", "DOGE", quote)
    for name in ("tick_size", "step_size", "min_notional", "max_quantity", "price_band"):
        assert getattr(here, name) == getattr(there, name)


@pytest.mark.parametrize(
    ("symbol", "tick_size", "step_size", "min_notional"),
    [
        ("LTC/BTC", "0.0000001", "0.01", "0.0001"),
        ("DOGE/BTC", "0.00000001", "10", "0.0001"),
        ("LTC/ETH", "0.000001", "0.01", "0.001"),
        ("NEW/USDT", "0.01", "0.00001", "5"),
        ("NEW/BTC", "0.01", "0.00001", "0.0001"),
        ("NEW/OTHER", "0.01", "0.00001", "0"),
    ],
)
def test_a_cross_has_a_grid_that_fits_its_price_and_the_least_order_of_its_quote(
    symbol: str, tick_size: str, step_size: str, min_notional: str
) -> None:
    market = added(symbol)
    assert market.tick_size == market.min_price == Decimal(tick_size)
    assert market.step_size == market.min_quantity == Decimal(step_size)
    assert market.min_notional == Decimal(min_notional)
