"""What goes wrong on purpose: one file per fault, which is named as its file is (`delay_ms.py` is
`delayMs`).

Every module exports `FAULT`, a struct whose first field is the fault's name and whose others are
its options: `{"delayMs": 500, "when": "after"}`. A fault says what it is about, and what happens to
what it hits: to a request before or after it is done, to a push on its way to a socket. The steps
of requests and of pushes have it happen. `docs/faults.md` tells of each.
"""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from enum import Flag, StrEnum, auto
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from hypersim.account.user import FeeRates

Chance = Callable[[], float]
"""The next random number of the run, from 0 up to 1."""


class Trouble(StrEnum):
    """What a venue says of itself when it fails; each dialect has words for all of them."""

    FAILING = "failing"
    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    MAINTENANCE = "maintenance"
    UNKNOWN_OUTCOME = "unknown_outcome"


class Troubled(Exception):
    """A request that is answered so. Over HTTP a failing venue has this `status`; one that limits
    may be asked again after `wait_s`. A `page` is told in place of the dialect's own body."""

    def __init__(
        self, trouble: Trouble, *, status: int = 500, wait_s: int = 0, page: bytes | None = None
    ) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.status = status
        self.wait_s = wait_s
        self.page = page


class Wait(NamedTuple):
    """It takes so much longer, on the exchange's clock or on the wall's."""

    ms: int
    is_wall: bool = False


class HangUp(NamedTuple):
    """The connection is closed without an answer."""


class Refuse(NamedTuple):
    """This is the answer, whatever else it would have been."""

    failure: Troubled


class Garble(NamedTuple):
    """Of the answer's body nothing is left but this text, or, without one, its first half."""

    text: bytes | None


class Skew(NamedTuple):
    """The exchange takes it to be so much later than it is when it looks at the client's time."""

    ms: int


Effect = Wait | HangUp | Refuse | Garble | Skew


class About(Flag):
    """What can be hit. A push is about several of them."""

    REQUEST = auto()
    ACCOUNT = auto()
    """News of an account: of its orders, fills and balances."""
    MARKET = auto()
    """Any news of a market."""
    DIFFERENCE = auto()
    """How a book changed, for who follows it from one change to the next."""
    SIDES = auto()
    """Bids and asks."""
    SOCKET = auto()
    """One that is open, whether or not it is told something."""
    HANDSHAKE = auto()
    """Of a socket that is to be opened."""
    ORDER = auto()
    """A new order by itself."""
    ORDERS = auto()
    """Several at once, or one in place of another."""
    CHANGE = auto()
    """To amend or cancel orders."""
    WITHDRAWAL = auto()
    FEES = auto()
    SYMBOL = auto()
    """The rules of a market, and whether it is open."""
    LISTEN_KEYS = auto()


PUSHES = About.ACCOUNT | About.MARKET | About.DIFFERENCE | About.SIDES
SOCKETS = PUSHES | About.SOCKET | About.HANDSHAKE
COMMANDS = About.ORDER | About.ORDERS | About.CHANGE | About.WITHDRAWAL
"""What requests ask of the exchange."""
STANDING = About.FEES | About.SYMBOL | About.LISTEN_KEYS
"""What is otherwise as long as a fault is armed."""


class Lose(NamedTuple):
    """It is not told."""


class Repeat(NamedTuple):
    """It is told once more."""


class Swap(NamedTuple):
    """It comes after the next one."""


class Later(NamedTuple):
    """It comes so much later, on the exchange's clock."""

    ms: int


class Cross(NamedTuple):
    """Its bids are above its asks."""


class Cut(NamedTuple):
    """The connection is gone."""


class Freeze(NamedTuple):
    """The connection is there, but nothing comes over it any more."""


PushEffect = Lose | Repeat | Swap | Later | Cross | Cut | Freeze


class RejectCommand(NamedTuple):
    """It is refused for this reason, a member of the exchange's `Rejection`."""

    reason: str


class EndOrder(NamedTuple):
    """The exchange ends the order by itself, right after it was taken."""


class StallOrder(NamedTuple):
    """Only this share of it finds somebody to trade with, until the fault is cleared."""

    share: Decimal


class AcknowledgeLate(NamedTuple):
    """It is done now; who asked, and who listens to the account, is told so much later."""

    ms: int


Decision = RejectCommand | EndOrder | StallOrder | AcknowledgeLate


class SetFees(NamedTuple):
    """What trading costs."""

    rates: FeeRates


class ChangeSymbol(NamedTuple):
    """Other values of these fields of an instrument."""

    fields: Mapping[str, Any]
    ends_orders: bool = False


class ExpireListenKeys(NamedTuple):
    """Those that there are end."""


Standing = SetFees | ChangeSymbol | ExpireListenKeys


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Does nothing by itself. `hits` is how many requests of the same client, or pushes, it has
    hit, this one included."""

    @property
    def about(self) -> About:
        """What it can hit."""
        return About.REQUEST

    @property
    def lasts_ms(self) -> int | None:
        """Once it has hit, it hits all that fits for so long, on the exchange's clock, and is over
        then; None where each hit is a matter of its own."""
        return None

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """What happens to a request as it arrives, before it is counted or looked at."""
        del chance, hits
        return None

    def after(self, chance: Chance, hits: int) -> Effect | None:
        """What happens to it once it is done, on the way to its answer."""
        del chance, hits
        return None

    def pushed(self, chance: Chance, hits: int) -> PushEffect | None:
        """What happens to a push, or to the socket that it is for."""
        del chance, hits
        return None

    def decided(self, chance: Chance, hits: int) -> Decision | None:
        """What the exchange makes of a command."""
        del chance, hits
        return None

    @property
    def standing(self) -> Standing | None:
        """What is otherwise as long as it is armed."""
        return None

    def check(self, reasons: Collection[str]) -> None:
        """Raises ValueError where it is about a reason that the exchange does not know."""
        del reasons


def check_on(value: bool) -> None:
    """For a fault without a value. Raises ValueError."""
    if not value:
        raise ValueError("must be true; leave a fault out, or clear it, to have none")


def name_of(fault: Fault) -> str:
    """As `do` names it."""
    return fault.__struct_encode_fields__[0]


class UnknownFault(Exception):
    """What was wanted is no fault; the message says what is."""


@cache
def kinds() -> dict[str, type[Fault]]:
    """Every fault by its name."""
    modules = sorted(module.name for module in iter_modules(__path__) if not module.ispkg)
    return {_camel(name): import_module(f"{__name__}.{name}").FAULT for name in modules}


def read(wanted: dict[str, Any], *, from_text: bool = False) -> Fault:
    """The fault that `do` tells of, in which numbers may be text. Raises UnknownFault."""
    known = kinds()
    named = [name for name in wanted if name in known]
    if len(named) != 1:
        said = ", ".join(repr(name[:40]) for name in wanted) or "nothing"
        raise UnknownFault(f"do must have exactly one of {', '.join(known)}; it has {said}")
    try:
        return msgspec.convert(wanted, known[named[0]], strict=not from_text)
    except msgspec.ValidationError as error:
        expected = _words_of(inspect.type_info(known[named[0]]))
        raise UnknownFault(f"do.{named[0]}: {error}; expected {expected}") from None


def _words_of(kind: inspect.Type) -> str:
    """What is taken, for whom nothing else was clear."""
    match kind:
        case inspect.StructType(fields=fields):
            named = (f'"{field.encode_name}": {_words_of(field.type)}' for field in fields)
            return "{" + ", ".join(named) + "}"
        case inspect.UnionType(types=types):
            known = (one for one in types if not isinstance(one, inspect.NoneType))
            return " or ".join(map(_words_of, known))
        case inspect.LiteralType(values=values):
            return " or ".join(f'"{value}"' for value in values)
        case inspect.IntType(le=most) | inspect.FloatType(le=most):
            return "a number" if most is None else f"a number up to {most}"
        case inspect.BoolType():
            return "true"
        case _:
            return "a text"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
