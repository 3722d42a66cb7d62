"""What random trading sessions are made of: few prices, big sizes, little money.

So that orders meet, run short and stand in each other's way.
"""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderType, SelfTradePrevention, Side
from tests.support.builders import SYMBOL, instrument

ACCOUNTS = 3
OPEN_ORDERS_MAX = 5
MONEY = {"BTC": Decimal(6), "USDT": Decimal(600)}
MARKET = instrument(
    step_size=Decimal(1),
    min_quantity=Decimal(1),
    open_orders_max=OPEN_ORDERS_MAX,
    maker_fee_rate=Decimal("0.01"),
    taker_fee_rate=Decimal("0.02"),
)

accounts = st.integers(1, ACCOUNTS)
prices = st.integers(98, 102).map(Decimal)
sizes = st.integers(1, 4).map(Decimal)
sides = st.sampled_from(Side)
preventions = st.sampled_from(SelfTradePrevention)
client_ids = st.none() | st.sampled_from(["a", "b", "c"])
any_index = st.integers(0, 20)


@st.composite
def books(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Uncrossed bids and asks of up to three levels around the five prices."""
    bid = draw(st.integers(96, 101))
    ask = bid + draw(st.integers(1, 5))
    shown = st.lists(st.integers(0, 3), max_size=3)
    bids = [(str(bid - i), str(size)) for i, size in enumerate(draw(shown)) if size]
    asks = [(str(ask + i), str(size)) for i, size in enumerate(draw(shown)) if size]
    return bids, asks


def limit(
    account: int, side: Side, price: Decimal, quantity: Decimal, **options: Any
) -> PlaceOrder:
    """A limit order, GTC unless `options` say otherwise."""
    return PlaceOrder(
        account, SYMBOL, side, OrderType.LIMIT, quantity=quantity, price=price, **options
    )
