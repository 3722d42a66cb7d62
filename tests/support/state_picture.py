"""All that an exchange's state holds, as values that can be compared: whatever somebody adds to it
is in the picture without a word here."""

from collections import OrderedDict
from collections.abc import Mapping, Set
from typing import Any

import msgspec

from hypersim.trading.book import BookSide, OrderBook
from hypersim.trading.reference import ReferenceMarket
from hypersim.trading.state import ExchangeState
from tests.support.attributes import attributes
from tests.support.book_order import by_priority


def picture_of(state: ExchangeState) -> dict[str, object]:
    """All that a restart must bring back. Who comes first is told where it counts."""
    return {
        "users": list(state.users.items()),
        "keys": list(state.keys.items()),
        "instruments": [market.instrument for market in state.markets.values()],
        "open orders": list(state.orders.items()),
        "open by account": {
            account: list(found) for account, found in state.open_by_account.items() if found
        },
        "open lists": list(state.lists.items()),
        "books": {symbol: _books(state, symbol) for symbol in state.markets},
        **_plain(attributes(state)),
    }


def _plain(value: Any) -> Any:
    """The value without what is empty or zero, as none at all means the same. What the market shows
    is not recorded; levels of a book come in any order, what is in them in their own."""
    match value:
        case ReferenceMarket():
            return None
        case OrderBook() if not (value.bids or value.asks):
            return None
        case OrderedDict():
            return list(value.items())
        case Mapping() if type(value).__module__.startswith("hypersim"):
            return _plain(attributes(value))
        case Mapping():
            seen = {key: _plain(one) for key, one in value.items()}
            return {key: one for key, one in seen.items() if one}
        case Set():
            return frozenset(value)
        case msgspec.Struct():
            # The core's values are frozen, all but those that count.
            return (
                value if value.__struct_config__.frozen else _plain(msgspec.structs.asdict(value))
            )
        case str():
            return value
        case _ if type(value).__module__.startswith("hypersim") and (kept := attributes(value)):
            return _plain(kept)
        case _:
            return value


def _books(state: ExchangeState, symbol: str) -> list[list[int]]:
    """Ids by priority: of everyone, then of each account."""
    market = state.markets[symbol]
    books = [market.everyone, *map(market.book, state.users)]
    return [_ids(side) for book in books for side in (book.bids, book.asks)]


def _ids(side: BookSide) -> list[int]:
    return [order.id for order in by_priority(side)]
