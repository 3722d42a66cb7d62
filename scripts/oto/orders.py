"""Orders as an exchange tells of them, over REST and the user data stream alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from scripts.oto.terms import ONE, ZERO, PairTerms, Rules


class Status(StrEnum):
    """Binance's order states."""

    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    PENDING_CANCEL = "PENDING_CANCEL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to the order."""
        return self in _OPEN


_OPEN = {
    Status.PENDING_NEW: 0,
    Status.NEW: 1,
    Status.PARTIALLY_FILLED: 2,
    Status.PENDING_CANCEL: 2,
}
_ENDED = 3


class OrderState(NamedTuple):
    """How an order stands. `filled` is in the base asset, `notional` in the quote asset."""

    status: Status
    filled: Decimal = ZERO
    notional: Decimal = ZERO

    @property
    def age(self) -> tuple[int, Decimal]:
        """Grows through an order's life: news that come late can be told by it."""
        return _OPEN.get(self.status, _ENDED), self.filled


class OrderSeen(NamedTuple):
    """An order as the exchange told of it. `name` is the client order id that it was placed
    with."""

    name: str
    state: OrderState
    id: int

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> "OrderSeen":
        """From a REST answer. A canceled order's own name is the original one."""
        state = OrderState(
            Status(body["status"]),
            Decimal(body["executedQty"]),
            Decimal(body["cummulativeQuoteQty"]),
        )
        name = body.get("origClientOrderId") or body["clientOrderId"]
        return cls(name, state, int(body["orderId"]))

    @classmethod
    def of_report(cls, report: Mapping[str, Any]) -> "OrderSeen":
        """From an executionReport."""
        state = OrderState(Status(report["X"]), Decimal(report["z"]), Decimal(report["Z"]))
        return cls(report["C"] or report["c"], state, int(report["i"]))


class Names:
    """Client order ids of one user of one run, in 36 characters at most.

    `BOT` begins all of them, so that a later run knows what an earlier one has left behind.
    """

    BOT = "oto-"

    def __init__(self, run: str, user: int) -> None:
        self.prefix = f"{self.BOT}{run}-{user}-"

    def of(self, cycle: int, kind: str) -> str:
        """The id of a pair's list (l), working order (w), pending order (p) or exit (x1, x2)."""
        return f"{self.prefix}{cycle}{kind}"


@dataclass(slots=True)
class Leg:
    """One order of a pair. `state` is None while the exchange has not told of it."""

    name: str
    price: Decimal
    quantity: Decimal
    state: OrderState | None = None

    @property
    def is_open(self) -> bool:
        """It can still trade, as far as is known."""
        return self.state is not None and self.state.status.is_open

    @property
    def is_filled(self) -> bool:
        """It has traded whole."""
        return self.state is not None and self.state.status is Status.FILLED

    @property
    def filled(self) -> Decimal:
        """What has traded, in the base asset."""
        return ZERO if self.state is None else self.state.filled

    @property
    def notional(self) -> Decimal:
        """What has traded, in the quote asset."""
        return ZERO if self.state is None else self.state.notional

    def learn(self, state: OrderState) -> None:
        """Take news, unless they are old."""
        if self.state is None or state.age > self.state.age:
            self.state = state


class Situation(StrEnum):
    """Where a pair stands, by its orders alone."""

    ABSENT = "absent"
    BUYING = "buying"
    SELLING = "selling"
    ENDING = "ending"
    """The buy ended unfilled; the exchange has yet to say that the sell did too."""

    LEFT = "left"
    """Something bought is not for sale any more."""

    EXITING = "exiting"
    ENDED = "ended"


@dataclass(slots=True)
class Pair:
    """A working buy, the sell that it triggers, and what was done to sell the rest."""

    cycle: int
    list_name: str
    terms: PairTerms
    working: Leg
    pending: Leg
    exits: list[Leg] = field(default_factory=list)
    is_given_up: bool = False

    @classmethod
    def new(cls, cycle: int, names: Names, terms: PairTerms) -> "Pair":
        """A pair that is yet to be placed."""
        return cls(
            cycle,
            names.of(cycle, "l"),
            terms,
            Leg(names.of(cycle, "w"), terms.buy_price, terms.buy_quantity),
            Leg(names.of(cycle, "p"), terms.sell_price, terms.sell_quantity),
        )

    @property
    def legs(self) -> list[Leg]:
        """All orders, in the order in which they were placed."""
        return [self.working, self.pending, *self.exits]

    @property
    def volume(self) -> Decimal:
        """What has traded on both sides, in the quote asset."""
        return sum((leg.notional for leg in self.legs), ZERO)

    @property
    def is_whole(self) -> bool:
        """Bought and sold at the prices that it was placed at."""
        return self.working.is_filled and self.pending.is_filled

    def learn(self, news: Iterable[OrderSeen]) -> None:
        """Take news of its orders; others are not its business."""
        legs = {leg.name: leg for leg in self.legs}
        for seen in news:
            if seen.name in legs:
                legs[seen.name].learn(seen.state)

    def unsold(self, rules: Rules, fee: Decimal) -> Decimal:
        """What was bought and neither sold nor taken as a fee."""
        sold = sum((leg.filled for leg in (self.pending, *self.exits)), ZERO)
        return max(ZERO, rules.quantity_below(self.working.filled * (ONE - fee) - sold))

    def situation(self, rules: Rules, fee: Decimal, bid: Decimal) -> Situation:
        """Where it stands. What is too little to be sold at `bid` counts as sold."""
        if self.working.state is None:
            return Situation.ABSENT
        if self.working.is_open:
            return Situation.BUYING
        if self.pending.is_open:
            return Situation.SELLING if self.working.is_filled else Situation.ENDING
        if any(exit_leg.is_open for exit_leg in self.exits):
            return Situation.EXITING
        if rules.allows(self.unsold(rules, fee), bid):
            return Situation.LEFT
        return Situation.ENDED
