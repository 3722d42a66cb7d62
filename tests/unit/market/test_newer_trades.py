"""Trades are told once each, oldest first; what was forgotten is noticed."""

from collections import deque
from decimal import Decimal

from hypersim.market.tape import AggregateTrade, PublicTrade, newer


def trades(*ids: int, maxlen: int = 10) -> deque[PublicTrade]:
    """With these ids."""
    made = (PublicTrade(number, 0, Decimal(1), Decimal(1), False) for number in ids)
    return deque(made, maxlen=maxlen)


def ids(found: list[PublicTrade] | None) -> list[int] | None:
    """Theirs."""
    return None if found is None else [trade.id for trade in found]


def test_what_is_newer_comes_oldest_first() -> None:
    at_hand = trades(3, 5, 6, 9)
    assert ids(newer(at_hand, 5)) == [6, 9]
    assert ids(newer(at_hand, 9)) == []
    assert ids(newer(at_hand, 0)) == [3, 5, 6, 9]
    assert ids(newer(trades(maxlen=2), 0)) == []


def test_trades_that_were_forgotten_untold_are_missed() -> None:
    at_hand = trades(3, 5, 6, maxlen=3)
    assert newer(at_hand, 1) is None
    assert ids(newer(at_hand, 2)) == [3, 5, 6]
    assert ids(newer(at_hand, 3)) == [5, 6]


def test_what_one_order_traded_follows_by_its_first_trade() -> None:
    made = AggregateTrade(1, 3, 6, 0, Decimal(1), Decimal(1), False)
    at_hand = deque([made], maxlen=1)
    assert newer(at_hand, 2) == [made]
    assert newer(at_hand, 1) is None
