"""What the user data stream said of each order and list, to be held against REST."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from scripts.oto.orders import OrderSeen, OrderState
from scripts.oto.terms import ZERO


class Difference(NamedTuple):
    """Something that the stream and REST do not agree on."""

    what: str
    streamed: object
    rest: object

    def __str__(self) -> str:
        return f"{self.what}: streamed {self.streamed}, REST {self.rest}"


class ListState(NamedTuple):
    """How an order list stands: listStatusType and listOrderStatus."""

    status_type: str
    status: str


Mark = Mapping[str, int]
"""How much had been said of each order at some moment."""


class History:
    """In the order of the stream. Orders that this user of this run did not place are `foreign`;
    `gaps` counts the times that the stream was down."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.orders: dict[str, list[OrderState]] = defaultdict(list)
        self.lists: dict[str, ListState] = {}
        self.trades: dict[int, str] = {}
        self.balances: dict[str, Decimal] = {}
        self.foreign: set[str] = set()
        self.repeated = 0
        self.gaps = 0
        self.caught_up = 0

    def add_report(self, report: Mapping[str, Any]) -> OrderSeen:
        """Take an executionReport."""
        seen = OrderSeen.of_report(report)
        if self.is_own(seen.name):
            self.orders[seen.name].append(seen.state)
        else:
            self.foreign.add(seen.name)
        if report["x"] == "TRADE":
            self.repeated += report["t"] in self.trades
            self.trades[report["t"]] = seen.name
        return seen

    def add_list(self, status: Mapping[str, Any]) -> None:
        """Take a listStatus."""
        if self.is_own(status["C"]):
            self.lists[status["C"]] = ListState(status["l"], status["L"])
        else:
            self.foreign.add(status["C"])

    def add_position(self, position: Mapping[str, Any]) -> dict[str, Decimal]:
        """Take an outboundAccountPosition; what is free of the assets in it."""
        free = {one["a"]: Decimal(one["f"]) for one in position["B"]}
        self.balances.update(free)
        return free

    def catch_up(self, seen: Iterable[OrderSeen]) -> None:
        """REST told of these after a disconnect, when the stream could not."""
        for order in seen:
            known = self.orders[order.name]
            if order.state not in known:
                known.append(order.state)
                self.caught_up += 1

    def is_own(self, name: str) -> bool:
        """Whether this user of this run gave that name."""
        return name.startswith(self._prefix)

    def mark(self, names: Iterable[str]) -> Mark:
        """How much has been said of these by now."""
        return {name: len(self.orders[name]) for name in names}

    def differences_since(self, mark: Mark, found: Iterable[OrderSeen]) -> list[Difference]:
        """What REST showed after the mark was made, and the stream has not said then or since.

        REST may be ahead of the stream, but never behind it.
        """
        different = []
        for order in found:
            said = self.orders[order.name][max(0, mark[order.name] - 1) :]
            if order.state not in said:
                different.append(Difference(order.name, said[-1:], order.state))
        return different

    def final_differences(self, found: Iterable[OrderSeen]) -> list[Difference]:
        """Between all that was said and all orders of this run, as REST shows them now."""
        by_rest = {order.name: order.state for order in found if self.is_own(order.name)}
        streamed = {name: states[-1] for name, states in self.orders.items() if states}
        return _differences(streamed, by_rest)

    def list_differences(self, found: Mapping[str, ListState]) -> list[Difference]:
        """Between the last word on each list and what REST shows now."""
        own = {name: state for name, state in found.items() if self.is_own(name)}
        return _differences(self.lists, own)

    def balance_differences(self, found: Mapping[str, Decimal]) -> list[Difference]:
        """Between what was told last of each asset and what REST shows now."""
        by_rest = {asset: found.get(asset, ZERO) for asset in self.balances}
        return _differences(self.balances, by_rest)

    def trade_differences(self, found: Iterable[int]) -> list[Difference]:
        """Between the trades that were told and those that REST has."""
        by_rest = dict.fromkeys(found)
        return _differences(dict.fromkeys(self.trades), by_rest)


def _differences(streamed: Mapping[Any, object], rest: Mapping[Any, object]) -> list[Difference]:
    nothing = "nothing"
    return [
        Difference(str(name), streamed.get(name, nothing), rest.get(name, nothing))
        for name in sorted(streamed.keys() | rest.keys())
        if streamed.get(name, nothing) != rest.get(name, nothing)
    ]
