"""Numbers and times exactly as Binance prints them."""

from decimal import ROUND_DOWN, Decimal
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument

PLACES = 8
"""Decimals of every price, quantity and balance, unless an asset has more."""

_GRIDS = {places: Decimal(1).scaleb(-places) for places in range(19)}
ZEROS = {places: format(grid * 0, "f") for places, grid in _GRIDS.items()}
"""Nothing, with so many decimals."""

INSTRUMENTS_KEPT = 4_096

NO_NUMBER = ZEROS[PLACES]


class TimeUnit(IntEnum):
    """How many of the unit there are in a millisecond."""

    MILLISECOND = 1
    MICROSECOND = 1_000


TIME_UNITS = {word: unit for unit in TimeUnit for word in (unit.name, unit.name.lower())}
"""As `X-MBX-TIME-UNIT` and `timeUnit=` spell them."""


def fixed(number: Decimal, places: int = PLACES) -> str:
    """`number` with exactly so many decimals: 0.00000000, never 0E-8. Further ones are cut off, so
    that no amount is shown larger than it is."""
    if not number:
        return ZEROS[places]
    shown = number.quantize(_GRIDS[places], ROUND_DOWN)
    text = str(shown)
    # Next to nothing is 1E-8 there.
    return format(shown, "f") if "E" in text else text


def fixed_or_zero(number: Decimal | None, places: int = PLACES) -> str:
    """The same, and zero for what there is not."""
    return ZEROS[places] if number is None else fixed(number, places)


def first_id(bar: Candle) -> int:
    """The id of a bar's first trade; -1 where nothing traded, or where it is not known."""
    return -1 if bar.first_trade_id is None else bar.first_trade_id


def last_id(bar: Candle) -> int:
    """The id of a bar's last trade; -1 as for the first one."""
    return -1 if bar.last_trade_id is None else bar.last_trade_id


def percent(part: Decimal, whole: Decimal) -> str:
    """`part` of `whole` in percent, with three decimals."""
    return fixed(part * 100 / whole if whole else whole, 3)


class Digits(NamedTuple):
    """How many decimals a symbol's numbers are printed with: eight, unless its grid is finer."""

    price: int
    quantity: int
    quote: int


@lru_cache(INSTRUMENTS_KEPT)
def digits_of(instrument: Instrument) -> Digits:
    """For prices, for quantities (base) and for amounts of quote."""
    return Digits(
        max(PLACES, instrument.price_places),
        max(PLACES, instrument.quantity_places),
        max(PLACES, instrument.quote_places),
    )


def asset_digits(instrument: Instrument, asset: str) -> int:
    """For amounts of an asset, such as a fee, which is cut after its decimals."""
    if asset == instrument.quote:
        return max(PLACES, instrument.quote_places)
    return max(PLACES, instrument.base_places) if asset == instrument.base else PLACES


def execution_id(seq: int, *, is_recorded: bool = True) -> int:
    """Of an event that has this number in the record, or of a refusal that comes after it. Streams
    call it `I`, amendments `executionId`."""
    return 2 * seq + (not is_recorded)


def last_update_id(changes: int) -> int:
    """`u` of what ends with a book's `changes`-th change.

    A change takes two ids. So the id of a snapshot always lies inside the range [U, u] of the next
    difference, as the documents promise, even while the book rests: with one id for each change it
    would often be that one's U - 1, which the venue's clients hardly ever see, and some refuse."""
    return 2 * changes


def first_update_id(changes: int) -> int:
    """`U` of the difference that follows a book's `changes`-th change."""
    return 2 * changes + 1


snapshot_id = first_update_id
"""`lastUpdateId` of the whole book after its `changes`-th change."""
