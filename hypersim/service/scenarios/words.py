"""What a scenario says: the closed set of actions, and when each is due.

A step holds exactly one action, in the field of that name: a new action is a class and a field of
`Step`. Prices are in quote, sizes and quantities in base.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hypersim.market.number import parse_decimal

STEPS_MAX = 1_000
LEVELS_MAX = 100
"""Of a side of a book that a scenario sets."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d{1,12})(ms|s|m|h|d)", re.ASCII)

Number = Annotated[str, Meta(description="A number in plain digits", examples=["12.5"])]
Duration = Annotated[str, Meta(description="Such as 500ms, 10s, 5m, 2h, 1d", examples=["10s"])]
Symbol = Annotated[str, Meta(description="In any spelling", examples=["BTC/USDT"])]
Pair = tuple[Number, Number]
"""Price and size."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Of a scenario."""


class SetPrice(Part, frozen=True):
    """The price goes to `to`, at once, or in equal steps in the time of `over`."""

    symbol: Symbol
    to: Number
    over: Duration = "0s"

    def __post_init__(self) -> None:
        amount("to", self.to)
        duration_ms("over", self.over)


class SetQuote(Part, frozen=True):
    """The best bid and ask, and nothing behind them. Large sizes unless they are given."""

    symbol: Symbol
    bid: Number
    ask: Number
    bid_size: Number | UnsetType = UNSET
    ask_size: Number | UnsetType = UNSET

    def __post_init__(self) -> None:
        if amount("bid", self.bid) >= amount("ask", self.ask):
            raise ValueError(f"bid {self.bid} must be below ask {self.ask}")
        for name, size in (("bidSize", self.bid_size), ("askSize", self.ask_size)):
            if isinstance(size, str):
                amount(name, size)


class SetDepth(Part, frozen=True):
    """The whole book: levels of price and size, best first."""

    symbol: Symbol
    bids: Annotated[tuple[Pair, ...], Meta(max_length=LEVELS_MAX)]
    asks: Annotated[tuple[Pair, ...], Meta(max_length=LEVELS_MAX)]

    def __post_init__(self) -> None:
        bids, asks = _prices("bids", self.bids), _prices("asks", self.asks)
        if bids != sorted(set(bids), reverse=True):
            raise ValueError("bids go from the highest price down, each price once")
        if asks != sorted(set(asks)):
            raise ValueError("asks go from the lowest price up, each price once")
        if bids and asks and bids[0] >= asks[0]:
            raise ValueError(f"bid {bids[0]} must be below ask {asks[0]}")


class PrintTrade(Part, frozen=True):
    """Others trade, and `side` is what the taker of them did."""

    symbol: Symbol
    price: Number
    quantity: Number
    side: Literal["buy", "sell"] = "buy"

    def __post_init__(self) -> None:
        amount("price", self.price)
        amount("quantity", self.quantity)


class Halt(Part, frozen=True):
    """Nobody trades the symbol until it is resumed."""

    symbol: Symbol


class Resume(Part, frozen=True):
    """The symbol is traded again."""

    symbol: Symbol


class Release(Part, frozen=True):
    """The feed tells of this symbol again: prices, quotes and books that were set are over."""

    symbol: Symbol


class GiveMoney(Part, frozen=True):
    """A deposit for a user, who is named by email or id."""

    user: str
    asset: Annotated[str, Meta(pattern="^[A-Z0-9]{1,20}$")]
    amount: Number

    def __post_init__(self) -> None:
        amount("amount", self.amount)


Action = SetPrice | SetQuote | SetDepth | PrintTrade | Halt | Resume | Release | GiveMoney


class After(Part, frozen=True):
    """The first time that something happens to an account's order since the scenario began: it is
    taken (`order`), it trades (`fill`), it is over (`closed`); of this user and symbol, or any."""

    event: Literal["order", "fill", "closed"]
    user: str | UnsetType = UNSET
    symbol: Symbol | UnsetType = UNSET
    delay: Duration = "0s"

    def __post_init__(self) -> None:
        duration_ms("delay", self.delay)


class Step(Part, frozen=True):
    """One thing that happens: `at` an offset from the scenario's beginning, or a time in ISO 8601
    with Z or an offset; or `after` something; and exactly one action."""

    at: Annotated[str, Meta(examples=["90s", "2022-01-01T12:00:00Z"])] | UnsetType = UNSET
    after: After | UnsetType = UNSET
    price: SetPrice | UnsetType = UNSET
    quote: SetQuote | UnsetType = UNSET
    depth: SetDepth | UnsetType = UNSET
    trade: PrintTrade | UnsetType = UNSET
    halt: Halt | UnsetType = UNSET
    resume: Resume | UnsetType = UNSET
    release: Release | UnsetType = UNSET
    deposit: GiveMoney | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.at is UNSET) == (self.after is UNSET):
            raise ValueError("a step has exactly one of at and after")
        self.due_ms(0)
        given = [name for name in ACTIONS if getattr(self, name) is not UNSET]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"a step has exactly one of {', '.join(ACTIONS)}; found {found}")

    def due_ms(self, begin_ms: int) -> int | None:
        """When, in a scenario that began then; None where that depends. Raises ValueError."""
        if not isinstance(self.at, str):
            return None
        if _DURATION.fullmatch(self.at):
            return begin_ms + duration_ms("at", self.at)
        try:
            moment = datetime.fromisoformat(self.at)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or moment < _EPOCH:
            raise ValueError(
                f"at must be a duration such as 90s, or a time such as 2022-01-01T12:00:00Z, not "
                f"{self.at[:40]!r}"
            )
        return (moment - _EPOCH) // timedelta(milliseconds=1)

    @property
    def kind(self) -> str:
        """The action's name."""
        return next(name for name in ACTIONS if getattr(self, name) is not UNSET)

    @property
    def action(self) -> Action:
        """What happens."""
        action: Action = getattr(self, self.kind)
        return action


ACTIONS = Step.__struct_fields__[2:]


class Scenario(Part, frozen=True):
    """What happens, in any order: each step has its own time."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=STEPS_MAX)]


def amount(name: str, text: str) -> Decimal:
    """A number above zero. Raises ValueError."""
    try:
        number = parse_decimal(text)
    except ValueError:
        number = Decimal(0)
    if number <= 0:
        raise ValueError(f"{name} must be a number above zero such as 12.5, not {text[:40]!r}")
    return number


def duration_ms(name: str, text: str) -> int:
    """Raises ValueError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{name} must be a duration such as 10s or 5m, not {text[:40]!r}")
    return int(found[1]) * _UNITS_MS[found[2]]


def _prices(name: str, levels: tuple[Pair, ...]) -> list[Decimal]:
    for _, size in levels:
        amount(f"a size of {name}", size)
    return [amount(f"a price of {name}", price) for price, _ in levels]
