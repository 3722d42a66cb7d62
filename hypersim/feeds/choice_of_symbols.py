"""Which symbols are listed at the start: `--symbols` in the words of the feeds.

`BTC/USDT,PEPE/USDT` names them, `USDT:100` takes those of one quote with the largest volume, `all`
takes everything that the feed's venue has.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import assert_never

import msgspec

SYMBOLS_MAX = 5_000
"""Symbols that can be asked for; no venue has as many."""

EVERYTHING = "all"

_SYMBOL = re.compile(r"[^\W_a-z]{1,20}/[^\W_a-z]{1,20}")
_LARGEST = re.compile(r"([^\W_a-z]{1,20}):([0-9]{1,9})")
_EXPECTED = "BTC/USDT,PEPE/USDT or USDT:100 or all"


class SymbolsMissing(Exception):
    """What was asked for is not among what is offered; the message says what."""


class Named(msgspec.Struct, frozen=True):
    """These and no others, in this order."""

    symbols: tuple[str, ...]


class Largest(msgspec.Struct, frozen=True):
    """The `count` symbols in this quote whose volume of a day is the largest."""

    quote: str
    count: int


class Every(msgspec.Struct, frozen=True):
    """Whatever the venue has."""


Choice = Named | Largest | Every


def choice_of(text: str) -> Choice:
    """What `--symbols` says. Raises ValueError with one line that names what is wrong."""
    if text == EVERYTHING:
        return Every()
    if largest := _LARGEST.fullmatch(text):
        return Largest(largest[1], _count(largest[2]))
    if ":" in text:
        raise ValueError(
            f"symbols: {text!r}: expected a quote and how many, such as USDT:100 (capital letters)"
        )
    names = [name.strip() for name in text.split(",")]
    if len(names) > SYMBOLS_MAX:
        raise ValueError(f"symbols: at most {SYMBOLS_MAX} can be named, not {len(names)}")
    seen: set[str] = set()
    for name in names:
        if not _SYMBOL.fullmatch(name):
            raise ValueError(f"symbols: {name!r} is no symbol: expected {_EXPECTED}")
        if name in seen:
            raise ValueError(f"symbols: {name} is there twice")
        seen.add(name)
    return Named(tuple(names))


def is_symbol(text: str) -> bool:
    """Whether it is BASE/QUOTE in capital letters and digits."""
    return bool(_SYMBOL.fullmatch(text))


def pick(
    choice: Choice, offered: Sequence[str], volume_of: Callable[[str], Decimal]
) -> tuple[str, ...]:
    """The symbols that are chosen of those `offered`; `volume_of` says how much of the quote a
    symbol trades in a day. Raises SymbolsMissing where there is not what was asked for."""
    match choice:
        case Every():
            return tuple(offered)
        case Named(symbols):
            there = frozenset(offered)
            if missing := [symbol for symbol in symbols if symbol not in there]:
                raise SymbolsMissing(", ".join(missing))
            return symbols
        case Largest(quote, count):
            of_quote = [symbol for symbol in offered if symbol.partition("/")[2] == quote]
            if not of_quote:
                raise SymbolsMissing(f"anything in {quote}")
            return tuple(sorted(of_quote, key=volume_of, reverse=True)[:count])
        case _:
            assert_never(choice)


def _count(figure: str) -> int:
    if not 1 <= int(figure) <= SYMBOLS_MAX:
        raise ValueError(f"symbols: a number from 1 to {SYMBOLS_MAX}, not {figure}")
    return int(figure)
