"""Many bars in little memory: a column for each figure, of whole numbers.

A bar takes 88 bytes here, a `Candle` with its decimals 900. Candles are made when they are read.
"""

from array import array
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from decimal import Decimal
from typing import overload

from hypersim.market.candle import Candle, merged
from hypersim.market.number import ONE

_UNKNOWN = -1
_PRICES = 4

Numbers = MutableSequence[int]
"""An array of 64 bits each, or a list where one of them needs more."""


class Column:
    """Decimals as whole numbers of 10^-places; the places follow from what comes in."""

    __slots__ = ("_units", "numbers", "places", "unit")

    def __init__(self, places: int = 0, numbers: Numbers | None = None) -> None:
        self.numbers: Numbers = array("q") if numbers is None else numbers
        self._set_places(places)

    def _set_places(self, places: int) -> None:
        self.places = places
        self.unit = ONE.scaleb(-places)
        self._units = ONE.scaleb(places)

    def put(self, index: int, value: Decimal) -> None:
        """The value at `index`, or after the last one."""
        units = value * self._units
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
            return [self._made(row) for row in range(*index.indices(len(self)))]
        return self._made(range(len(self))[index])

    def __setitem__(self, index: int, candle: Candle) -> None:
        self._put(range(len(self))[index], candle)

    def __iter__(self) -> Iterator[Candle]:
        return map(self._made, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """They equal any sequence of the same candles."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def append(self, candle: Candle) -> None:
        """Take in a bar that opened after the last one."""
        self._put(len(self), candle)

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

    def is_flat(self, index: int) -> bool:
        """Whether nothing traded in it."""
        return self._counts[index] == 0 and self._columns[_PRICES].numbers[index] == 0

    def has_gaps(self, length_ms: int) -> bool:
        """Whether bars of this length do not follow each other."""
        return bool(self) and self._opens_ms[-1] - self._opens_ms[0] != (len(self) - 1) * length_ms

    def merged(self, start: int, stop: int) -> Candle | None:
        """What the bars from `start` up to but not including `stop` add up to; None for none."""
        counts = self._counts[start:stop]
        if not counts:
            return None
        if not min(counts):
            return merged(self[start:stop])
        open_, high, low, close, *volumes = self._columns
        volume, quote_volume, taken, quote_taken = (
            column.unit * sum(column.numbers[start:stop]) for column in volumes
        )
        return Candle(
            self._opens_ms[start],
            open_.unit * open_.numbers[start],
            high.unit * max(high.numbers[start:stop]),
            low.unit * min(low.numbers[start:stop]),
            close.unit * close.numbers[start:stop][-1],
            volume,
            quote_volume,
            sum(counts),
            taken,
            quote_taken,
            _known(self._first_ids[start]),
        )

    def _made(self, row: int) -> Candle:
        open_, high, low, close, volume, quote_volume, taken, quote_taken = (
            column.unit * column.numbers[row] for column in self._columns
        )
        return Candle(
            self._opens_ms[row],
            open_,
            high,
            low,
            close,
            volume,
            quote_volume,
            self._counts[row],
            taken,
            quote_taken,
            _known(self._first_ids[row]),
        )

    def _put(self, row: int, candle: Candle) -> None:
        figures = (
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume,
            candle.quote_volume,
            candle.taker_volume,
            candle.taker_quote_volume,
        )
        for column, value in zip(self._columns, figures, strict=True):
            column.put(row, value)
        first_id = candle.first_trade_id
        for numbers, number in (
            (self._opens_ms, candle.open_ms),
            (self._counts, candle.trade_count),
            (self._first_ids, _UNKNOWN if first_id is None else first_id),
        ):
            if row == len(numbers):
                numbers.append(number)
            else:
                numbers[row] = number


def whole(numbers: list[int]) -> Numbers:
    """In 64 bits each where they fit."""
    try:
        return array("q", numbers)
    except OverflowError:
        return numbers


def _known(first_id: int) -> int | None:
    return None if first_id == _UNKNOWN else first_id
