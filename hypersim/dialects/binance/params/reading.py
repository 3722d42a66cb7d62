"""Strict reading of parameters: plain ASCII digits, exact decimals, known words.

A handler takes what it knows and then calls `done`, which refuses what is left over.
"""

import re
from collections.abc import Callable, Mapping, Set
from decimal import Decimal
from typing import NamedTuple, TypeVar

import msgspec

from hypersim.dialects.binance.errors import parameters as errors
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.errors.orders import not_positive
from hypersim.dialects.binance.numbers import PLACES
from hypersim.dialects.binance.params.values import (
    INTEGER_MAX,
    MICROSECONDS_FROM,
    NAME_TEXT,
    NAMES_LEGAL,
    NAMES_TEXT,
    SYMBOL_LEGAL,
    SYMBOL_TEXT,
    SYMBOLS_LEGAL,
    SYMBOLS_TEXT,
    decimal_of,
    illegal,
    integer_of,
)

T = TypeVar("T")

BOOLEANS = {"true": True, "false": False}


class Takes(NamedTuple):
    """The parameters that an operation knows, and whether `symbol` is one that it must have."""

    names: frozenset[str]
    needs_symbol: bool


def takes(text: str) -> Takes:
    """Those of a text with blanks between them. `symbol` must be there; `symbol?` and all others
    may be missing as far as this goes."""
    names = text.split()
    return Takes(frozenset(name.removesuffix("?") for name in names), "symbol" in names)


def check_symbol(name: str) -> None:
    """Whether it can be a symbol, listed or not. Raises -1100."""
    if not SYMBOL_TEXT.fullmatch(name):
        raise errors.illegal_characters("symbol", SYMBOL_LEGAL)


class Params:
    """Decoded parameters, each read at most once. All getters raise `BinanceError`; those named
    `need_…` refuse (-1102) what is missing, the others return None for it. A value that is there
    but empty is refused with -1105."""

    __slots__ = ("_is_lenient", "_left", "sent")

    def __init__(self, values: dict[str, str], *, is_lenient: bool = False) -> None:
        self._left = values
        self._is_lenient = is_lenient
        self.sent = len(values)

    def expect(self, known: Takes) -> None:
        """Refuse what the operation does not know, before it looks at anything that it does:
        -1104, or -1102 for a missing symbol, which comes before everything else."""
        if self._left.keys() <= known.names or self._is_lenient:
            return
        if known.needs_symbol and "symbol" not in self._left:
            raise errors.mandatory("symbol")
        read = self.sent - len(self._left.keys() - known.names)
        raise errors.unread(read, self.sent)

    def __contains__(self, name: str) -> bool:
        """Whether it was sent and is not read yet."""
        return name in self._left

    def has_any(self, names: Set[str]) -> bool:
        """Whether one of these was sent and is not read yet."""
        return not names.isdisjoint(self._left)

    def unread(self, names: Set[str]) -> Mapping[str, str] | None:
        """What is not read yet, if none of it has another name than these. It stays unread."""
        return self._left if self._left.keys() <= names else None

    def peek(self, name: str) -> str | None:
        """The raw value, without reading it: for weights."""
        return self._left.get(name)

    def take(self, name: str) -> str | None:
        """Any text."""
        value = self._left.pop(name, None)
        if value == "":
            raise errors.empty(name)
        return value

    def need(self, name: str) -> str:
        """Any text that must be there."""
        value = self._left.pop(name, None)
        if value is None:
            raise errors.mandatory(name)
        if not value:
            raise errors.empty(name)
        return value

    def matching(self, name: str, pattern: re.Pattern[str], legal: str) -> str | None:
        """Text that matches the pattern whole, else -1100 with `legal`."""
        value = self._left.pop(name, None)
        if value is not None and not pattern.fullmatch(value):
            raise illegal(name, value, legal)
        return value

    def symbol(self) -> str | None:
        """What can be a symbol, listed or not."""
        return self.matching("symbol", SYMBOL_TEXT, SYMBOL_LEGAL)

    def symbols(self) -> list[str] | None:
        """`["BTCUSDT","ETHUSDT"]`: without blanks, each once, at least one."""
        value = self.matching("symbols", SYMBOLS_TEXT, SYMBOLS_LEGAL)
        if value is None:
            return None
        names = msgspec.json.decode(value, type=list[str])
        if not names:
            raise errors.empty("symbols")
        if len(set(names)) < len(names):
            raise errors.duplicate_symbols()
        return names

    def names(self, name: str) -> list[str] | None:
        """One word, or a JSON array of words."""
        value = self.take(name)
        if value is None:
            return None
        if NAME_TEXT.fullmatch(value):
            return [value]
        if not NAMES_TEXT.fullmatch(value):
            raise errors.illegal_characters(name, NAMES_LEGAL)
        return msgspec.json.decode(value, type=list[str])

    def integer(self, name: str, low: int = 0, high: int = INTEGER_MAX) -> int | None:
        """A whole number within inclusive bounds: -1100 for other text, -1130 out of bounds."""
        value = self._left.pop(name, None)
        return None if value is None else integer_of(name, value, low, high)

    def need_integer(self, name: str, low: int = 0, high: int = INTEGER_MAX) -> int:
        """See `integer`."""
        return integer_of(name, self.need(name), low, high)

    def limit(self, default: int, most: int) -> int:
        """How many rows; a number above the most is cut to it, as Binance does."""
        value = self.integer("limit", 1)
        return default if value is None else min(value, most)

    def time_ms(self, name: str) -> int | None:
        """A time, sent in milliseconds or microseconds."""
        value = self.integer(name)
        return value if value is None or value < MICROSECONDS_FROM else value // 1_000

    def decimal(self, name: str, places: int = PLACES) -> Decimal | None:
        """A number in plain digits, zero included: -1100 for other text, -1111 when it has more
        decimals than `places`, -1108 when it is too large for the venue's machine words."""
        value = self._left.pop(name, None)
        return None if value is None else decimal_of(name, value, places)

    def positive(self, name: str, places: int = PLACES) -> Decimal | None:
        """The same, but -1013 for zero."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        number = decimal_of(name, value, places)
        if not number:
            raise not_positive(name)
        return number

    def need_positive(self, name: str, places: int = PLACES) -> Decimal:
        """See `positive`."""
        number = self.positive(name, places)
        if number is None:
            raise errors.mandatory(name)
        return number

    def need_decimal(self, name: str, places: int = PLACES) -> Decimal:
        """See `decimal`."""
        return decimal_of(name, self.need(name), places)

    def boolean(self, name: str) -> bool | None:
        """true or false in any case, as Python's clients capitalize them."""
        value = self.take(name)
        if value is None:
            return None
        try:
            return BOOLEANS[value.lower()]
        except KeyError:
            raise errors.malformed(name) from None

    def choice(
        self,
        name: str,
        known: Mapping[str, T],
        error: Callable[[], BinanceError] | None = None,
    ) -> T | None:
        """What the word stands for; an unknown word is `error`, or else -1130."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if value in known:
            return known[value]
        raise _unknown(name, value, error)

    def need_choice(
        self,
        name: str,
        known: Mapping[str, T],
        error: Callable[[], BinanceError] | None = None,
    ) -> T:
        """See `choice`."""
        value = self._left.pop(name, None)
        if value is None:
            raise errors.mandatory(name)
        if value in known:
            return known[value]
        raise _unknown(name, value, error)

    def drop(self, *names: str) -> None:
        """Read and forget what this exchange takes without making use of it."""
        for name in names:
            self._left.pop(name, None)

    def keep(self, names: Set[str]) -> None:
        """Read and forget all but these, once `unread` has told all that there is."""
        left = self._left
        self._left = {name: left[name] for name in names if name in left}

    def done(self) -> None:
        """Refuse what nobody read: -1101 where nothing is read at all, else -1104. What an
        operation takes it may still have no use for: that is left over here."""
        if not self._left or self._is_lenient:
            return
        read = self.sent - len(self._left)
        raise errors.unread(read, self.sent) if read else errors.too_many_parameters(0, self.sent)


def _unknown(name: str, value: str, error: Callable[[], BinanceError] | None) -> BinanceError:
    if not value:
        return errors.empty(name)
    return error() if error else errors.malformed(name)
