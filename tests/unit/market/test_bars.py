"""Bars in columns."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hypersim.market.bars import Bars
from hypersim.market.candle import MINUTE_MS, Candle, flat_candle, merged

NUMBERS = st.decimals(min_value=0, max_value=10**20, places=9) | st.integers(0, 10**6).map(Decimal)


@st.composite
def bars(draw: st.DrawFn) -> list[Candle]:
    """Some minutes in a row, of which some are flat."""
    made = []
    for number in range(draw(st.integers(1, 6))):
        low, open_, close, high = sorted(draw(NUMBERS) + 1 for _ in range(4))
        if draw(st.booleans()):
            made.append(flat_candle(number * MINUTE_MS, close))
            continue
        made.append(
            Candle(
                number * MINUTE_MS,
                open_,
                high,
                low,
                close,
                volume=draw(NUMBERS) + 1,
                quote_volume=draw(NUMBERS) + 1,
                trade_count=draw(st.integers(1, 10**9)),
                taker_volume=draw(NUMBERS),
                taker_quote_volume=draw(NUMBERS),
                first_trade_id=draw(st.none() | st.integers(0, 2**62)),
            )
        )
    return made


@settings(deadline=None, max_examples=30)
@given(bars())
def test_what_is_put_away_comes_out_again_to_the_last_digit(candles: list[Candle]) -> None:
    kept = Bars(candles)
    assert (len(kept), list(kept)) == (len(candles), candles)
    assert kept == candles
    assert [kept[-1], *kept[1:]] == [candles[-1], *candles[1:]]
    assert list(kept.part(1, 3)) == candles[1:3]


@settings(deadline=None, max_examples=30)
@given(bars(), bars())
def test_a_bar_can_be_replaced_by_one_with_any_digits(
    candles: list[Candle], others: list[Candle]
) -> None:
    kept = Bars(candles)
    for index, other in enumerate(others[: len(candles)]):
        kept[index] = candles[index] = other
    assert kept == candles


@settings(deadline=None, max_examples=30)
@given(bars())
def test_bars_add_up_as_candles_do(candles: list[Candle]) -> None:
    assert Bars(candles).merged(0, len(candles)) == merged(candles)
    assert Bars(candles).merged(1, 1) is None


def test_the_oldest_are_forgotten() -> None:
    candles = [flat_candle(number * MINUTE_MS, Decimal(number + 1)) for number in range(5)]
    kept = Bars(candles)
    kept.drop_first(2)
    kept.drop_first(-1)
    assert kept == candles[2:]
    assert kept.open_ms(0) == 2 * MINUTE_MS


def test_a_hole_in_them_is_seen() -> None:
    candles = [flat_candle(number * MINUTE_MS, Decimal(1)) for number in (0, 1, 2, 4)]
    assert not Bars(candles[:3]).has_gaps(MINUTE_MS)
    assert Bars(candles).has_gaps(MINUTE_MS)
    assert not Bars().has_gaps(MINUTE_MS)
