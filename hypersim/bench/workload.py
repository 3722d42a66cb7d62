"""The orders that a bench places, whatever the API: half of them rest, half of them fill."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from hypersim.account.user import Secret
from hypersim.market.instrument import Instrument
from hypersim.market.number import ceil_to, floor_to

ORDER_NOTIONAL = Decimal(30)
"""Value of an order, in quote, unless the instrument's minimum asks for more."""

_REACH = Decimal("1.03")
"""A limit this far beyond the best price fills whatever the market does within a phase."""


class Trader(msgspec.Struct, frozen=True):
    """A user's key."""

    email: str
    key: str
    secret: Secret


class OrderShape(msgspec.Struct, frozen=True):
    """One of the kinds of order in the mix."""

    side: str
    type: str
    rests: bool


MIX = (
    OrderShape("buy", "limit", rests=True),
    OrderShape("buy", "market", rests=False),
    OrderShape("sell", "limit", rests=True),
    OrderShape("sell", "market", rests=False),
    OrderShape("buy", "limit", rests=True),
    OrderShape("buy", "limit", rests=False),
    OrderShape("sell", "limit", rests=True),
    OrderShape("sell", "limit", rests=False),
)
"""Half rests, half fills; as much is bought as sold, so that balances last."""


class DrawnOrder(NamedTuple):
    """An order before an API writes it: how much, in base, and at which limit; None for a market
    order."""

    instrument: Instrument
    shape: OrderShape
    quantity: Decimal
    limit: Decimal | None


def drawn_orders(
    count: int,
    traders: Sequence[Trader],
    instruments: Sequence[Instrument],
    prices: Mapping[str, Decimal],
    dice: random.Random,
) -> Iterator[tuple[Trader, DrawnOrder]]:
    """So many orders in the mix, spread evenly over every trader and symbol. `prices` are about the
    present ones, by symbol."""
    places = _places(traders, instruments, dice)
    for shape in itertools.islice(itertools.cycle(MIX), count):
        trader, instrument = next(places)
        yield trader, drawn_order(shape, instrument, prices[instrument.symbol], dice)


def drawn_order(
    shape: OrderShape, instrument: Instrument, price: Decimal, dice: random.Random
) -> DrawnOrder:
    """One order. A resting one stands 5 to 30 % off the market, well within the price band."""
    away = Decimal(dice.randrange(50, 300)) / 1000
    notional = max(ORDER_NOTIONAL, 2 * instrument.min_notional)
    quantity = ceil_to(notional / price, instrument.step_size)
    if shape.type != "limit":
        return DrawnOrder(instrument, shape, quantity, None)
    factor = _REACH if not shape.rests else 1 - away
    limit = price * factor if shape.side == "buy" else price * (2 - factor)
    return DrawnOrder(instrument, shape, quantity, floor_to(limit, instrument.tick_size))


def _places(
    traders: Sequence[Trader], instruments: Sequence[Instrument], dice: random.Random
) -> Iterator[tuple[Trader, Instrument]]:
    """Every pair once per round, each round in another order, so that no account and no symbol
    gets ahead of the others and no pair meets always the same kind of order."""
    places = list(itertools.product(traders, instruments))
    while True:
        dice.shuffle(places)
        yield from places
