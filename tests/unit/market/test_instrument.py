"""An instrument that makes no sense cannot be made."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.market.instrument import spellings
from tests.support.builders import instrument


def test_an_instrument_knows_its_spellings_and_decimals() -> None:
    market = instrument(tick_size=Decimal("0.010"), step_size=Decimal("0.00001"))
    assert spellings(market) == ("BTC/USDT", "BTC-USDT", "BTCUSDT")
    assert market.id == "BTCUSDT"
    assert (market.price_places, market.quantity_places) == (2, 5)


@pytest.mark.parametrize(
    ("number", "is_on_grid"), [("0", True), ("0.5", True), ("0.50", True), ("0.7", False)]
)
def test_the_grid_is_counted_from_zero(number: str, is_on_grid: bool) -> None:
    market = instrument(tick_size=Decimal("0.5"), step_size=Decimal("0.5"))
    assert market.is_on_tick(Decimal(number)) == is_on_grid
    assert market.is_on_step(Decimal(number)) == is_on_grid


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"symbol": "BTCUSDT"}, "must be BASE/QUOTE"),
        ({"base": "ETH"}, "must be BASE/QUOTE"),
        ({"tick_size": Decimal(0)}, "tick_size must be above zero"),
        ({"step_size": Decimal(-1)}, "step_size must be above zero"),
        ({"min_quantity": Decimal(0)}, "min_quantity must be above zero"),
        ({"max_price": Decimal("Infinity")}, "max_price must be above zero"),
        ({"max_notional": Decimal("NaN")}, "max_notional must be above zero"),
        ({"min_notional": Decimal(-1)}, "min_notional must not be below zero"),
        ({"min_price": Decimal(20_000)}, "a minimum is above its maximum"),
        ({"trailing_delta_min": 3_000}, "a minimum is above its maximum"),
        ({"trailing_delta_max": 10_000}, "trailing deltas are from 1 to 9999"),
        ({"trailing_delta_min": 0}, "trailing deltas are from 1 to 9999"),
        ({"position_max": Decimal(0)}, "position_max must be above zero"),
        ({"max_quantity": Decimal("0.01")}, "a minimum is above its maximum"),
        ({"min_notional": Decimal(6), "max_notional": Decimal(5)}, "a minimum is above"),
        ({"tick_size": Decimal("1e-10"), "step_size": Decimal("1e-9")}, "over 18 decimals"),
        ({"taker_fee_rate": Decimal(1)}, "fee rate"),
        ({"maker_fee_rate": Decimal("-0.1")}, "fee rate"),
        ({"maker_fee_rate": Decimal("NaN")}, "fee rate"),
        ({"base_places": 19}, "0 to 18 decimals"),
        ({"quote_places": -1}, "0 to 18 decimals"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        instrument(**changes)


def test_the_finest_grid_that_the_record_can_hold_is_accepted() -> None:
    instrument(tick_size=Decimal("1e-10"), step_size=Decimal("1e-8"))
