"""What goes wrong on purpose: one file per fault, which is named as its file is (`delay_ms.py` is
`delayMs`).

Every module exports `FAULT`, a struct whose first field is the fault's name and whose others are
its options: `{"delayMs": 500, "when": "after"}`. A fault says what happens to a request that it
hits, before or after it is done; the steps of a request have it happen. `docs/faults.md` tells of
each.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

import msgspec

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


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Does nothing by itself. `hits` is how many requests of the same client it has hit, this one
    included."""

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """What happens to a request as it arrives, before it is counted or looked at."""
        del chance, hits
        return None

    def after(self, chance: Chance, hits: int) -> Effect | None:
        """What happens to it once it is done, on the way to its answer."""
        del chance, hits
        return None


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


def read(wanted: dict[str, Any]) -> Fault:
    """The fault that `do` tells of. Raises UnknownFault."""
    known = kinds()
    named = [name for name in wanted if name in known]
    if len(named) != 1:
        said = ", ".join(repr(name[:40]) for name in wanted) or "nothing"
        raise UnknownFault(f"do must have exactly one of {', '.join(known)}; it has {said}")
    try:
        return msgspec.convert(wanted, known[named[0]])
    except msgspec.ValidationError as error:
        raise UnknownFault(f"do.{named[0]}: {error}") from None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
