"""Many bars in little memory: a column for each figure, of whole numbers.

A bar takes 88 bytes here, a `Candle` with its decimals 900. Candles are made when they are read.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from decimal import Decimal
from typing import overload

from hypersim.market.candle import Candle
from hypersim.market.number import ONE

_UNKNOWN = -1
_PRICES = 4
_LARGEST = 2**63 - 1

Numbers = MutableSequence[int]
"""An array of 64 bits each, or a list where one of them needs more."""


class Column:
    """Decimals as whole numbers of 10^-places; the places follow from what comes in."""

    __slots__ = ("numbers", "places", "unit", "units")

    def __init__(self, places: int = 0, numbers: Numbers | None = None) -> None:
        self.numbers: Numbers = array("q") if numbers is None else numbers
        self._set_places(places)

    def _set_places(self, places: int) -> None:
        self.places = places
        self.unit = ONE.scaleb(-places)
        self.units = ONE.scaleb(places)

    def put(self, index: int, value: Decimal) -> None:
        """The value at `index`, or after the last one."""
        units = value * self.units
        number = int(units)
        if number != units:
            self._refine()
            return self.put(index, value)
        try:
            self._put(index, number)
        except OverflowError:
            self.numbers = list(self.numbers)
            self._put(index, number)

    def _put(self, index: int, number: int) -> None:
        if index == len(self.numbers):
            self.numbers.append(number)
        else:
            self.numbers[index] = number

    def _refine(self) -> None:
        self._set_places(self.places + 1)
        self.numbers = whole([number * 10 for number in self.numbers])

    def of(self, rows: Sequence[int]) -> Sequence[int]:
        """The numbers in these rows."""
        if isinstance(rows, range):
            return self.numbers[rows.start : rows.stop]
        return [self.numbers[row] for row in rows]

    def values(self, start: int, stop: int) -> list[Decimal]:
        """The decimals of these rows."""
        unit = self.unit
        return [unit * number for number in self.numbers[start:stop]]

    def part(self, start: int, stop: int) -> "Column":
        """These rows alone."""
        return Column(self.places, self.numbers[start:stop])


class Bars(Sequence[Candle]):
    """Ascending bars of one market."""

    __slots__ = ("_columns", "_counts", "_first_ids", "_opens_ms")

    def __init__(self, candles: Iterable[Candle] = ()) -> None:
        self._opens_ms: Numbers = array("q")
        self._counts: Numbers = array("q")
        self._first_ids: Numbers = array("q")
        self._columns = tuple(Column() for _ in range(8))
        for candle in candles:
            self.append(candle)

    @classmethod
    def of(
        cls, opens_ms: Numbers, columns: Sequence[Column], counts: Numbers, first_ids: Numbers
    ) -> "Bars":
        """Bars of whole columns: open, high, low, close, volume, quote volume, and the takers' part
        of both volumes."""
        bars = cls()
        bars._opens_ms, bars._counts, bars._first_ids = opens_ms, counts, first_ids
        bars._columns = tuple(columns)
        return bars

    def __len__(self) -> int:
        return len(self._opens_ms)

    @overload
    def __getitem__(self, index: int) -> Candle: ...
    @overload
    def __getitem__(self, index: slice) -> list[Candle]: ...
    def __getitem__(self, index: int | slice) -> Candle | list[Candle]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            assert step == 1
            return list(self._made(start, stop))
        row = range(len(self))[index]
        return next(self._made(row, row + 1))

    def __setitem__(self, index: int, candle: Candle) -> None:
        row = range(len(self))[index]
        for column, value in zip(self._columns, _figures(candle), strict=True):
            column.put(row, value)
        first_id = candle.first_trade_id
        self._opens_ms[row] = candle.open_ms
        self._counts[row] = candle.trade_count
        self._first_ids[row] = _UNKNOWN if first_id is None else first_id

    def __iter__(self) -> Iterator[Candle]:
        return self._made(0, len(self))

    def __eq__(self, other: object) -> bool:
        """They equal any sequence of the same candles."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def append(self, candle: Candle) -> None:
        """Take in a bar that opened after the last one."""
        row = len(self._opens_ms)
        for column, value in zip(self._columns, _figures(candle), strict=True):
            units = value * column.units
            number = int(units)
            if number == units and -_LARGEST <= number <= _LARGEST:
                column.numbers.append(number)
            else:
                column.put(row, value)
        first_id = candle.first_trade_id
        self._opens_ms.append(candle.open_ms)
        self._counts.append(candle.trade_count)
        self._first_ids.append(_UNKNOWN if first_id is None else first_id)

    def drop_first(self, count: int) -> None:
        """Forget the oldest."""
        if count > 0:
            for numbers in (self._opens_ms, self._counts, self._first_ids):
                del numbers[:count]
            for column in self._columns:
                del column.numbers[:count]

    def part(self, start: int, stop: int) -> "Bars":
        """Some of them, in columns too."""
        return Bars.of(
            self._opens_ms[start:stop],
            [column.part(start, stop) for column in self._columns],
            self._counts[start:stop],
            self._first_ids[start:stop],
        )

    def open_ms(self, index: int) -> int:
        """When a bar opened."""
        return self._opens_ms[index]

    def index_at(self, open_ms: int) -> int:
        """Of the first bar that opened then or later; their number where there is none."""
        return bisect_left(self._opens_ms, open_ms)

    def is_flat(self, index: int) -> bool:
        """Whether nothing traded in it."""
        return self._counts[index] == 0 and self._columns[_PRICES].numbers[index] == 0

    def has_gaps(self, length_ms: int) -> bool:
        """Whether bars of this length do not follow each other."""
        return bool(self) and self._opens_ms[-1] - self._opens_ms[0] != (len(self) - 1) * length_ms

    def merged(self, start: int, stop: int) -> Candle | None:
        """What the bars from `start` up to but not including `stop` add up to; None for none."""
        rows: Sequence[int] = range(start, stop)
        if not rows:
            return None
        if not min(self._counts[start:stop]):
            rows = [row for row in rows if not self.is_flat(row)] or rows
        open_, high, low, close, *volumes = self._columns
        volume, quote_volume, taken, quote_taken = (
            column.unit * sum(column.of(rows)) for column in volumes
        )
        return Candle(
            self._opens_ms[start],
            open_.unit * open_.numbers[rows[0]],
            high.unit * max(high.of(rows)),
            low.unit * min(low.of(rows)),
            close.unit * close.numbers[rows[-1]],
            volume,
            quote_volume,
            sum([self._counts[row] for row in rows]),
            taken,
            quote_taken,
            _known(self._first_ids[rows[0]]),
        )

    def _made(self, start: int, stop: int) -> Iterator[Candle]:
        open_, high, low, close, volume, quote_volume, taken, quote_taken = (
            column.values(start, stop) for column in self._columns
        )
        first_ids = self._first_ids[start:stop]
        return map(
            Candle,
            self._opens_ms[start:stop],
            open_,
            high,
            low,
            close,
            volume,
            quote_volume,
            self._counts[start:stop],
            taken,
            quote_taken,
            map(_known, first_ids) if _UNKNOWN in first_ids else first_ids,
        )


def _figures(candle: Candle) -> tuple[Decimal, ...]:
    return (
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.quote_volume,
        candle.taker_volume,
        candle.taker_quote_volume,
    )


def whole(numbers: list[int]) -> Numbers:
    """In 64 bits each where they fit."""
    try:
        return array("q", numbers)
    except OverflowError:
        return numbers


def _known(first_id: int) -> int | None:
    return None if first_id == _UNKNOWN else first_id
