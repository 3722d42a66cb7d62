"""Strict parsing, plain formatting, rounding with a named direction."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, getcontext
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypersim.market.number import (
    PRECISION,
    ceil_to,
    floor_to,
    is_multiple,
    parse_decimal,
    places_of,
    plain,
    truncate,
)

amounts = st.decimals(0, 10**20 - 1, allow_nan=False, allow_infinity=False, places=18)
steps = st.sampled_from(["0.00001", "0.01", "0.5", "1", "5", "25"]).map(Decimal)


@pytest.mark.parametrize(
    "text",
    ["0", "7", "12.5", "0.10", "007", "9" * 20, "0." + "0" * 17 + "1", "9" * 20 + "." + "9" * 18],
)
def test_plain_digits_are_a_number(text: str) -> None:
    assert parse_decimal(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NaN",
        "nan",
        "sNaN",
        "Infinity",
        "-Infinity",
        "inf",
        "1e9",
        "1E-9",
        "1_000",
        "1,000",
        "+1",
        "-1",
        "-0",
        ".5",
        "5.",
        "1.2.3",
        "0x10",
        " 5",
        "5 ",
        "5\n",
        "\u0661\u0662",
        "\uff15",
        "\u00b2",
        "1" * 21,
        "0." + "1" * 19,
        "1" * 10_000,
        "null",
        "True",
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a plain decimal number") as caught:
        parse_decimal(text)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("0.00", "0"),
        ("-0.00", "0"),
        ("1E+3", "1000"),
        ("1E-8", "0.00000001"),
        ("100", "100"),
        ("10.500", "10.5"),
        ("-2.50", "-2.5"),
    ],
)
def test_plain_shows_digits_only(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@given(amounts)
def test_what_plain_shows_is_parsed_as_the_same_number(number: Decimal) -> None:
    assert parse_decimal(plain(number)) == number


@given(amounts, steps)
def test_floor_and_ceil_are_the_nearest_multiples(number: Decimal, step: Decimal) -> None:
    low, high = floor_to(number, step), ceil_to(number, step)
    assert low <= number <= high
    assert high - low == (0 if is_multiple(number, step) else step)
    assert low == (number / step).to_integral_value(ROUND_FLOOR) * step
    assert high == (number / step).to_integral_value(ROUND_CEILING) * step


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [("1.239", 2, "1.23"), ("-1.239", 2, "-1.23"), ("1.2", 8, "1.2"), ("7.9", 0, "7")],
)
def test_truncate_cuts_towards_zero(number: str, places: int, text: str) -> None:
    assert truncate(Decimal(number), places) == Decimal(text)


@pytest.mark.parametrize(
    ("step", "places"),
    [("0.01", 2), ("0.010", 2), ("1", 0), ("5", 0), ("10", 0), ("1E+1", 0), ("0.00000001", 8)],
)
def test_places_of_a_step(step: str, places: int) -> None:
    assert places_of(Decimal(step)) == places


@given(amounts, amounts)
def test_a_product_of_two_recorded_numbers_is_exact(left: Decimal, right: Decimal) -> None:
    assert int(left * 10**18) * int(right * 10**18) == int(left * right * 10**36)


def test_other_threads_count_as_exactly() -> None:
    seen: list[int] = []
    thread = Thread(target=lambda: seen.append(getcontext().prec))
    thread.start()
    thread.join()
    assert seen == [PRECISION]
