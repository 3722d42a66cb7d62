"""Diffs of the book: a snapshot and the diffs after it are the book, for clients of any kind."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hypersim.dialects.binance.books import (
    BookDiffs,
    Diff,
    Levels,
    first_update_id,
    last_update_id,
    snapshot_id,
)
from hypersim.market.number import ZERO

Book = tuple[Levels, Levels]

sizes = st.integers(1, 3).map(Decimal)
sides = st.dictionaries(st.integers(1, 6).map(Decimal), sizes, max_size=5)
books = st.tuples(
    sides.map(lambda side: tuple(sorted(side.items(), reverse=True))),
    sides.map(lambda side: tuple(sorted((price + 10, size) for price, size in side.items()))),
)


class LocalBook:
    """A client that follows the documents to the letter."""

    def __init__(self, book: Book, update_id: int) -> None:
        self.sides = [dict(side) for side in book]
        self.update_id = update_id
        self.is_fresh = True

    def apply(self, diff: Diff) -> None:
        """One event of the stream."""
        if diff.last_id <= self.update_id:
            return
        if self.is_fresh:
            assert diff.first_id <= self.update_id <= diff.last_id
            assert diff.first_id <= self.update_id + 1 <= diff.last_id
        else:
            assert diff.first_id == self.update_id + 1
        for side, changes in zip(self.sides, (diff.bids, diff.asks), strict=True):
            for price, size in changes:
                if size:
                    side[price] = size
                else:
                    side.pop(price, None)
        self.update_id, self.is_fresh = diff.last_id, False


@given(
    start=books,
    steps=st.lists(st.tuples(books, st.booleans()), max_size=12),
    snapshot_at=st.integers(0, 12),
)
def test_a_snapshot_and_the_diffs_after_it_are_the_book(
    start: Book, steps: list[tuple[Book, bool]], snapshot_at: int
) -> None:
    changes, told = 5, []
    diffs, local = BookDiffs(changes, *start), None
    for step, (book, is_told) in enumerate([(start, False), *steps, (start, True)]):
        changes += step > 0
        if step == min(snapshot_at, len(steps)):
            diffs.observe(*book)
            local = LocalBook(book, snapshot_id(changes))
        diff = diffs.advance(changes, *book) if is_told else None
        told += [] if diff is None else [diff]
    assert local is not None
    for before, after in pairwise(told):
        assert after.first_id == before.last_id + 1
    for diff in told:
        local.apply(diff)
    assert local.sides == [dict(side) for side in start]


def test_a_level_that_came_and_went_is_told_to_be_gone_if_somebody_saw_it() -> None:
    one = Decimal(1)
    diffs = BookDiffs(0, (), ())
    diffs.observe(((one, one),), ())
    assert diffs.advance(2, (), ()) == Diff(1, 4, [(one, ZERO)], [])


def test_a_diff_names_what_changed_best_prices_first() -> None:
    one, two, three, four = (Decimal(number) for number in range(1, 5))
    diffs = BookDiffs(0, ((two, one), (one, one)), ((three, one),))
    diff = diffs.advance(2, ((two, two),), ((three, one), (four, one)))
    assert diff == Diff(1, 4, [(two, two), (one, ZERO)], [(four, one)])


def test_a_change_that_shows_nothing_is_part_of_the_next_diff() -> None:
    one, two = Decimal(1), Decimal(2)
    diffs = BookDiffs(0, ((one, one),), ())
    assert diffs.advance(0, ((one, one),), ()) is None
    assert diffs.advance(1, ((one, one),), ()) is None
    diff = diffs.advance(2, ((one, two),), ())
    assert diff == Diff(1, 4, [(one, two)], [])


def test_a_resting_books_snapshot_lies_within_the_next_diff() -> None:
    for changes in (0, 1, 7):
        first, last = first_update_id(changes), last_update_id(changes + 1)
        assert first <= snapshot_id(changes) < last
        assert first == last_update_id(changes) + 1
