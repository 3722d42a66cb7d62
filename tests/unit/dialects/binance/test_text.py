"""Numbers exactly as Binance prints them."""

from decimal import Decimal

import pytest

from hypersim.dialects.binance.numbers import digits_of, fixed, fixed_or_zero, percent
from tests.support.builders import instrument


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0.00000000"),
        ("0E-8", "0.00000000"),
        ("1E-9", "0.00000000"),
        ("1E+3", "1000.00000000"),
        ("1E-8", "0.00000001"),
        ("0.123456789", "0.12345678"),
        ("-1.5", "-1.50000000"),
        ("12345678901234567890.5", "12345678901234567890.50000000"),
    ],
)
def test_numbers_have_eight_decimals_and_no_exponent(number: str, text: str) -> None:
    assert fixed(Decimal(number)) == text


def test_what_there_is_not_is_zero() -> None:
    assert fixed_or_zero(None) == "0.00000000"
    assert fixed_or_zero(Decimal(2), 3) == "2.000"


def test_percentages_have_three_decimals() -> None:
    assert percent(Decimal("-95"), Decimal(99)) == "-95.959"
    assert percent(Decimal(1), Decimal(0)) == "0.000"


def test_a_finer_grid_has_more_decimals() -> None:
    assert digits_of(instrument()) == (8, 8, 8)
    fine = instrument(tick_size=Decimal("1E-10"), step_size=Decimal(1), min_quantity=Decimal(1))
    assert digits_of(fine).price == 10
