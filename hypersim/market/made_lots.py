"""The trades of a bar in closed form: any of them, and what any row of them adds up to, can be told
without making the others, as a day's bar has a million."""

from typing import NamedTuple


class Lot(NamedTuple):
    """One trade, in ticks and steps; `buys` says whether its taker bought."""

    price: int
    size: int
    buys: bool


class Body(NamedTuple):
    """Trades of one kind of taker, as even as whole numbers can be: all at the mean price, rounded
    up for the first of them and down for the others."""

    volume: int
    quote: int
    trades: int

    def lot(self, index: int) -> tuple[int, int]:
        """(price, size)"""
        before, after = self.until(index), self.until(index + 1)
        size = after[0] - before[0]
        return (after[1] - before[1]) // size, size

    def until(self, count: int) -> tuple[int, int]:
        """(volume, quote) of the first `count` trades."""
        if not self.trades:
            return 0, 0
        mean, above = divmod(self.quote, self.volume)
        higher = self._higher(above)
        dear = above * min(count, higher) // higher if higher else 0
        cheap = (self.volume - above) * max(0, count - higher) // max(1, self.trades - higher)
        return dear + cheap, dear * (mean + 1) + cheap * mean

    def prices(self, first: int, end: int) -> tuple[int, ...]:
        """The lowest and the highest of these trades; nothing of none."""
        if first >= end:
            return ()
        return self.lot(first)[0], self.lot(end - 1)[0]

    def _higher(self, above: int) -> int:
        """How many trades are at the price above the mean."""
        if above == 0 or self.trades == 1:
            return 0
        least = max(1, self.trades - (self.volume - above))
        return max(least, min(self.trades * above // self.volume, above, self.trades - 1))


class Sums(NamedTuple):
    """What some trades in a row add up to."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    quote: int
    bought: int
    bought_quote: int


class MadeLots(NamedTuple):
    """All trades of a bar in order of time. `turns` are those at its first price, its extremes and
    its last price; what else was bought and sold stands between them, evenly mixed. `ends` says how
    many trades there are up to and with each turn."""

    turns: tuple[Lot, ...]
    bought: Body
    sold: Body
    ends: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many trades there are."""
        return len(self.turns) + self.bought.trades + self.sold.trades

    def lot(self, index: int) -> Lot:
        """The trade with this number, from 0."""
        if index + 1 in self.ends:
            return self.turns[self.ends.index(index + 1)]
        _, bought, sold = self._until(index)
        is_bought = self._until(index + 1)[1] > bought
        body, place = (self.bought, bought) if is_bought else (self.sold, sold)
        return Lot(*body.lot(place), is_bought)

    def sums(self, first: int, end: int) -> Sums:
        """Of the trades from number `first` up to but not including `end`, at least one."""
        before, after = self._until(first), self._until(end)
        turns = self.turns[before[0] : after[0]]
        prices = [
            *(turn.price for turn in turns),
            *self.bought.prices(before[1], after[1]),
            *self.sold.prices(before[2], after[2]),
        ]
        bought = _between(self.bought, before[1], after[1])
        sold = _between(self.sold, before[2], after[2])
        for turn in turns:
            side = bought if turn.buys else sold
            side[0] += turn.size
            side[1] += turn.size * turn.price
        return Sums(
            self.lot(first).price,
            max(prices),
            min(prices),
            self.lot(end - 1).price,
            bought[0] + sold[0],
            bought[1] + sold[1],
            *bought,
        )

    def _until(self, count: int) -> tuple[int, int, int]:
        """Of the first `count` trades: how many are turns, bought between turns, and sold."""
        turns = sum(end <= count for end in self.ends)
        rest = count - turns
        others = self.total - len(self.turns)
        bought = self.bought.trades * rest // others if others else 0
        return turns, bought, rest - bought


def mixed(turns: tuple[Lot, ...], bought: Body, sold: Body) -> MadeLots:
    """These trades in order of time, as many between two turns as between any others."""
    return MadeLots(turns, bought, sold, ends_of(len(turns), bought.trades + sold.trades))


def ends_of(turns: int, others: int) -> tuple[int, ...]:
    """How many trades there are up to and with each turn, where so many others stand between."""
    legs = max(1, turns - 1)
    return tuple([number + 1 + others * number // legs for number in range(turns)])


def _between(body: Body, first: int, end: int) -> list[int]:
    before, after = body.until(first), body.until(end)
    return [after[0] - before[0], after[1] - before[1]]
