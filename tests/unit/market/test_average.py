"""The rolling average price: by volume, over whole seconds, forgetting what is older."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hypersim.market.average import RollingAverage

WINDOW_MS = 5_000


def averaged(*trades: tuple[int, int, int]) -> RollingAverage:
    average = RollingAverage()
    for time_ms, price, quantity in trades:
        average.add(time_ms, Decimal(price), Decimal(quantity), WINDOW_MS)
    return average


def test_nothing_has_no_average() -> None:
    assert RollingAverage().mean(0, WINDOW_MS) is None
    average = averaged((1_000, 100, 1))
    assert average.mean(5_999, WINDOW_MS) == 100
    assert average.mean(6_000, WINDOW_MS) is None
    average.clear()
    assert average.mean(1_000, WINDOW_MS) is None


def test_volume_weighs_and_old_seconds_are_forgotten() -> None:
    average = averaged((0, 999, 9), (5_000, 100, 1), (5_500, 200, 3))
    assert average.mean(5_600, WINDOW_MS) == 175
    assert average.mean(9_999, WINDOW_MS) == 175
    assert average.mean(10_000, WINDOW_MS) is None


def test_a_trade_that_comes_late_counts_with_the_latest_second() -> None:
    assert averaged((5_000, 100, 1), (4_000, 200, 1)).mean(9_500, WINDOW_MS) == 150


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(90, 110), st.integers(1, 9)), min_size=1),
    st.integers(0, 9_000),
)
def test_it_is_what_adding_up_every_time_gives(
    trades: list[tuple[int, int, int]], later_ms: int
) -> None:
    now_ms, made = 0, []
    for pause_ms, price, quantity in trades:
        now_ms += pause_ms
        made.append((now_ms, price, quantity))
    asked_ms = now_ms + later_ms
    counted = [one for one in made if one[0] // 1_000 * 1_000 > asked_ms - WINDOW_MS]
    volume = sum(quantity for _, _, quantity in counted)
    worth = sum(price * quantity for _, price, quantity in counted)
    expected = Decimal(worth) / volume if volume else None
    assert averaged(*made).mean(asked_ms, WINDOW_MS) == expected
