"""Trades made for a candle add up to it, and are the same whenever they are made."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypersim.market.candle import MINUTE_MS, Candle, flat_candle
from hypersim.market.instrument import Instrument
from hypersim.market.made_trades import UNTOLD_COUNT, MadeTrades, made_count, told
from hypersim.market.tape import PublicTrade
from tests.support.builders import instrument

OPEN_MS = 1_700_000_000_000 - 1_700_000_000_000 % MINUTE_MS
MARKET = instrument(tick_size=Decimal("0.01"), step_size=Decimal("0.001"))

printed = st.lists(
    st.tuples(st.integers(9_980, 10_020), st.integers(1, 40), st.booleans()),
    min_size=1,
    max_size=40,
)


def candle_of(rows: list[tuple[int, int, bool]]) -> Candle:
    """(ticks, steps, taker bought)"""
    bar = flat_candle(OPEN_MS, Decimal(1))
    for ticks, steps, bought in rows:
        bar = bar.with_trade(
            MARKET.tick_size * ticks, MARKET.step_size * steps, buyer_is_taker=bought, trade_id=7
        )
    return bar


def still(price: Decimal, volume: Decimal, count: int) -> Candle:
    return Candle(OPEN_MS, price, price, price, price, volume, price * volume, count)


def added_up(trades: list[PublicTrade]) -> Candle:
    bar = flat_candle(OPEN_MS, Decimal(1))
    for trade in trades:
        bar = bar.with_public(trade)
    return bar


def made(candle: Candle, market: Instrument = MARKET) -> list[PublicTrade]:
    trades = MadeTrades(candle, market)
    assert trades.count == made_count(candle, market)
    return [trades.trade(number, 7 + number, OPEN_MS) for number in range(trades.count)]


@given(printed)
def test_made_trades_add_up_to_a_candle_of_real_ones(rows: list[tuple[int, int, bool]]) -> None:
    candle = candle_of(rows)
    trades = made(candle)
    assert added_up(trades) == candle
    assert [trade.id for trade in trades] == list(range(7, 7 + len(rows)))
    for trade in trades:
        assert MARKET.is_on_tick(trade.price) and MARKET.is_on_step(trade.quantity)
        assert trade.quantity > 0
    assert made(candle) == trades


@pytest.mark.parametrize("count", [200, 3_000])
def test_a_busy_candle_is_met_too(count: int) -> None:
    rows = [(10_000 + n * 7 % 90 - 45, 1 + n * 13 % 500, n % 3 == 0) for n in range(count)]
    candle = candle_of(rows)
    assert added_up(made(candle)) == candle


@given(printed, st.data())
def test_any_row_of_them_adds_up_to_what_is_told_of_it(
    rows: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    candle = candle_of(rows)
    trades, whole = MadeTrades(candle, MARKET), made(candle)
    first = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(first + 1, len(whole)))
    assert trades.bar(first, end, OPEN_MS, 7 + first) == added_up(whole[first:end])
    for number, count in enumerate(trades.ends):
        assert trades.turns[number] == whole[count - 1].price


def test_more_trades_than_steps_are_on_a_finer_grid() -> None:
    bar = still(Decimal(100), Decimal("0.005"), 30)
    assert added_up(made(bar)).trade_count == 30
    assert added_up(made(bar)).volume == bar.volume


def test_a_candle_without_a_count_has_trades_all_the_same() -> None:
    bar = candle_of([(10_000, 400, False), (10_010, 500, False), (9_990, 300, False)])
    untold = msgspec.structs.replace(bar, trade_count=0, first_trade_id=None)
    whole = told(untold, MARKET)
    assert whole.trade_count == UNTOLD_COUNT
    assert whole.taker_volume == Decimal("0.600")
    assert added_up(made(untold)) == msgspec.structs.replace(whole, first_trade_id=7)
    assert made(untold) == made(whole)


def test_a_single_step_is_one_trade() -> None:
    bar = still(Decimal(100), Decimal("0.001"), 0)
    (trade,) = made(bar)
    assert (trade.price, trade.quantity) == (Decimal(100), Decimal("0.001"))


def test_a_flat_candle_has_none() -> None:
    assert made(flat_candle(OPEN_MS, Decimal(100))) == []


def test_where_no_trades_could_make_a_candle_only_the_quote_volume_gives_way() -> None:
    """The mean price is above the high, as in dumps that round."""
    bar = Candle(
        OPEN_MS,
        Decimal("100.00"),
        Decimal("100.20"),
        Decimal("99.90"),
        Decimal("100.20"),
        Decimal("5"),
        Decimal("501.0004"),
        12,
        Decimal("2"),
        Decimal("200.4"),
        7,
    )
    found = added_up(made(bar))
    assert abs(found.quote_volume - bar.quote_volume) < Decimal("0.01")
    exact = ("open", "high", "low", "close", "volume", "trade_count", "taker_volume")
    assert [getattr(found, name) for name in exact] == [getattr(bar, name) for name in exact]


def test_figures_off_the_grid_are_met_on_a_finer_one() -> None:
    bar = still(Decimal("100.005"), Decimal("1.00005"), 4)
    assert added_up(made(bar)).volume == bar.volume


def test_another_symbol_has_other_trades() -> None:
    candle = candle_of([(10_000 + n % 9, 10 + n, n % 2 == 0) for n in range(30)])
    others = {
        tuple(made(candle, msgspec.structs.replace(MARKET, symbol=f"{name}/USDT", base=name)))
        for name in "ABCDEFGH"
    }
    assert len(others) > 1
    assert all(added_up(list(other)) == candle for other in others)
