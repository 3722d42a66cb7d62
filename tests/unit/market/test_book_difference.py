"""Diffs of the book: a snapshot and the diffs after it are the book, for clients of any kind."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hypersim.dialects.binance.numbers import first_update_id, last_update_id, snapshot_id
from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.book_difference import BookDifferences, Difference
from hypersim.market.candle import MINUTE_MS
from hypersim.market.depth import ShownSide, best
from hypersim.market.events import DeepLevels, DepthUpdated, Levels
from hypersim.market.number import ZERO
from tests.support.deep_levels import WholePrices
from tests.support.timed_feeds import NOON_MS, events_of, options_at, packaged_instruments

Book = tuple[Levels, Levels]

sizes = st.integers(1, 3).map(Decimal)
sides = st.dictionaries(st.integers(1, 6).map(Decimal), sizes, max_size=5)
books = st.tuples(
    sides.map(lambda side: tuple(sorted(side.items(), reverse=True))),
    sides.map(lambda side: tuple(sorted((price + 10, size) for price, size in side.items()))),
)


def shown(book: Book) -> tuple[ShownSide, ShownSide]:
    """A book that ends with what it shows."""
    bids, asks = book
    return ShownSide(bids), ShownSide(asks)


class LocalBook:
    """A client that follows the documents to the letter."""

    def __init__(self, book: Book, update_id: int) -> None:
        self.sides = [dict(side) for side in book]
        self.update_id = update_id
        self.is_fresh = True

    def apply(self, diff: Difference) -> None:
        """One event of the stream."""
        first_id, last_id = first_update_id(diff.before), last_update_id(diff.after)
        if last_id <= self.update_id:
            return
        if self.is_fresh:
            assert first_id <= self.update_id <= last_id
            assert first_id <= self.update_id + 1 <= last_id
        else:
            assert first_id == self.update_id + 1
        for side, changes in zip(self.sides, (diff.bids, diff.asks), strict=True):
            for price, size in changes:
                if size:
                    side[price] = size
                else:
                    side.pop(price, None)
        self.update_id, self.is_fresh = last_id, False


@given(
    start=books,
    steps=st.lists(st.tuples(books, st.booleans()), max_size=12),
    snapshot_at=st.integers(0, 12),
)
def test_a_snapshot_and_the_diffs_after_it_are_the_book(
    start: Book, steps: list[tuple[Book, bool]], snapshot_at: int
) -> None:
    changes, told = 5, []
    diffs, local = BookDifferences(changes, *shown(start)), None
    for step, (book, is_told) in enumerate([(start, False), *steps, (start, True)]):
        changes += step > 0
        if step == min(snapshot_at, len(steps)):
            diffs.observe(*shown(book))
            local = LocalBook(book, snapshot_id(changes))
        diff = diffs.advance(changes, *shown(book)) if is_told else None
        told += [] if diff is None else [diff]
    assert local is not None
    for before, after in pairwise(told):
        assert after.before == before.after
    for diff in told:
        local.apply(diff)
    assert local.sides == [dict(side) for side in start]


def test_a_level_that_came_and_went_is_told_to_be_gone_if_somebody_saw_it() -> None:
    one = Decimal(1)
    diffs = BookDifferences(0, *shown(((), ())))
    diffs.observe(*shown((((one, one),), ())))
    assert diffs.advance(2, *shown(((), ()))) == Difference(0, 2, [(one, ZERO)], [])


def test_a_diff_names_what_changed_best_prices_first() -> None:
    one, two, three, four = (Decimal(number) for number in range(1, 5))
    diffs = BookDifferences(0, *shown((((two, one), (one, one)), ((three, one),))))
    diff = diffs.advance(2, *shown((((two, two),), ((three, one), (four, one)))))
    assert diff == Difference(0, 2, [(two, two), (one, ZERO)], [(four, one)])


def test_a_change_that_shows_nothing_is_part_of_the_next_diff() -> None:
    one, two = Decimal(1), Decimal(2)
    diffs = BookDifferences(0, *shown((((one, one),), ())))
    assert diffs.advance(0, *shown((((one, one),), ()))) is None
    assert diffs.advance(1, *shown((((one, one),), ()))) is None
    diff = diffs.advance(2, *shown((((one, two),), ())))
    assert diff == Difference(0, 2, [(one, two)], [])


def test_a_resting_books_snapshot_lies_within_the_next_diff() -> None:
    for changes in (0, 1, 7):
        first, last = first_update_id(changes), last_update_id(changes + 1)
        assert first <= snapshot_id(changes) < last
        assert first == last_update_id(changes) + 1


def deep_side(
    best_price: int, count: int, size: int, *, is_bids: bool, deep: DeepLevels
) -> ShownSide:
    way = -1 if is_bids else 1
    prices = [Decimal(best_price + way * number) for number in range(count)]
    levels = tuple((price, Decimal(size)) for price in prices if price > 0)
    return ShownSide(levels, levels[-1][0] if levels else None, deep)


def whole(side: ShownSide) -> dict[Decimal, Decimal]:
    return dict(best(side.levels, side.deep, 100))


states = st.tuples(st.integers(8, 50), st.integers(1, 5), st.integers(1, 3), st.integers(1, 2))


@given(steps=st.lists(states, min_size=2, max_size=8))
def test_what_moves_between_the_shown_and_the_deep_is_told_right(
    steps: list[tuple[int, int, int, int]],
) -> None:
    """Whatever the window of shown levels does, and if the deep ones change as a whole."""
    books = []
    for price, count, size, deep_size in steps:
        deep = [WholePrices(is_bids=is_bids, size=deep_size) for is_bids in (True, False)]
        bids = deep_side(price, count, size, is_bids=True, deep=deep[0])
        books.append((bids, deep_side(price + 2, count, size, is_bids=False, deep=deep[1])))
    diffs = BookDifferences(0, *books[0])
    local = [whole(side) for side in books[0]]
    for number, book in enumerate(books[1:], 1):
        diff = diffs.advance(number, *book)
        for side, changes in zip(local, (diff.bids, diff.asks) if diff else (), strict=False):
            side.update(changes)
    for side, now in zip(local, books[-1], strict=True):
        assert {price: size for price, size in side.items() if size} == whole(now)


async def test_a_client_that_follows_a_synthetic_book_has_all_of_it() -> None:
    """Thousands of levels, over minutes of which only every hundredth book is told."""
    feed = SyntheticFeed(options_at(instruments=packaged_instruments()[:1]))
    end_ms = NOON_MS + 30 * MINUTE_MS
    events = await events_of(feed, until=lambda event: event.time_ms >= end_ms)
    books = [event for event in events if isinstance(event, DepthUpdated)][::100]

    def of(book: DepthUpdated) -> tuple[ShownSide, ShownSide]:
        return (
            ShownSide(book.bids, book.bids[-1][0], book.deep_bids),
            ShownSide(book.asks, book.asks[-1][0], book.deep_asks),
        )

    diffs = BookDifferences(0, *of(books[0]))
    local = [dict(best(side.levels, side.deep, 1_000)) for side in of(books[0])]
    for number, book in enumerate(books[1:], 1):
        diff = diffs.advance(number, *of(book))
        assert diff is not None
        local[0].update(diff.bids)
        local[1].update(diff.asks)
    for side, now in zip(local, of(books[-1]), strict=True):
        expected = dict(best(now.levels, now.deep, 700))
        assert {price: side.get(price) for price in expected} == expected
        nearest = [price for price, size in side.items() if size and price not in expected]
        bound = list(expected)[-1]
        is_bids = side is local[0]
        assert all(price < bound if is_bids else price > bound for price in nearest)
