"""The local book of Binance, rule by rule as its documents state them."""

from decimal import Decimal

from hypersim.feeds.binance.book import Diff, LocalBook, PendingBook, Snapshot
from hypersim.feeds.binance.market import with_quote
from hypersim.market.events import Level, QuoteUpdated


def rows(*pairs: tuple[int, int]) -> list[Level]:
    return [(Decimal(price), Decimal(size)) for price, size in pairs]


def snapshot(last_id: int = 100, *, levels_max: int = 1_000) -> Snapshot:
    return Snapshot(last_id, rows((9, 1), (8, 2), (7, 3)), rows((11, 1), (12, 2)), levels_max)


def diff(
    first_id: int, last_id: int, bids: list[Level] | None = None, asks: list[Level] | None = None
) -> Diff:
    return Diff(first_id, last_id, 1, bids or [], asks or [])


def test_levels_are_set_added_and_removed() -> None:
    book = LocalBook(snapshot())
    assert book.apply(diff(101, 103, rows((9, 0), (8, 5), (6, 4)), rows((10, 7))))
    assert book.last_id == 103
    assert book.top(10) == (
        tuple(rows((8, 5), (7, 3), (6, 4))),
        tuple(rows((10, 7), (11, 1), (12, 2))),
    )
    assert book.top(1) == (tuple(rows((8, 5))), tuple(rows((10, 7))))


def test_an_update_from_before_the_book_is_ignored() -> None:
    book = LocalBook(snapshot())
    assert book.apply(diff(90, 99, rows((9, 50))))
    assert book.last_id == 100
    assert book.top(1)[0] == tuple(rows((9, 1)))


def test_an_update_that_overlaps_the_book_is_applied() -> None:
    book = LocalBook(snapshot())
    assert book.apply(diff(95, 101, rows((9, 50))))
    assert book.top(1)[0] == tuple(rows((9, 50)))


def test_an_update_after_a_gap_loses_the_book() -> None:
    assert not LocalBook(snapshot()).apply(diff(102, 103))


def test_a_book_that_crosses_itself_is_lost() -> None:
    assert not LocalBook(snapshot()).apply(diff(101, 101, rows((11, 1))))


def test_removing_an_unknown_level_is_fine() -> None:
    assert LocalBook(snapshot()).apply(diff(101, 101, rows((1, 0)), rows((99, 0))))


def test_buffered_updates_that_the_snapshot_covers_are_dropped_and_the_rest_applied() -> None:
    pending = PendingBook()
    pending.add(diff(95, 98, rows((9, 90))))
    pending.add(diff(99, 102, rows((9, 91))))
    pending.add(diff(103, 104, rows((8, 92))))
    book = pending.on(snapshot())
    assert book is not None
    assert book.last_id == 104
    assert book.top(2)[0] == tuple(rows((9, 91), (8, 92)))


def test_a_snapshot_older_than_the_first_buffered_update_is_no_use() -> None:
    pending = PendingBook()
    pending.add(diff(101, 102))
    assert pending.on(snapshot(100)) is None
    assert pending.on(snapshot(101)) is not None


def test_a_snapshot_without_buffered_updates_is_the_book() -> None:
    book = PendingBook().on(snapshot())
    assert book is not None
    assert book.last_id == 100


def test_buffered_updates_before_a_gap_are_forgotten() -> None:
    pending = PendingBook()
    pending.add(diff(50, 60))
    pending.add(diff(101, 102, rows((9, 5))))
    assert pending.on(snapshot(80)) is None
    book = pending.on(snapshot(101))
    assert book is not None
    assert book.top(1)[0] == tuple(rows((9, 5)))


def test_a_book_knows_how_deep_its_snapshot_reached() -> None:
    whole, cut = LocalBook(snapshot()), LocalBook(snapshot(levels_max=3))
    for book in (whole, cut):
        assert book.covers(*book.top(3))
        book.apply(diff(101, 101, rows((6, 1))))
    assert whole.covers(*whole.top(4))
    assert not cut.covers(*cut.top(4))
    cut.apply(diff(102, 102, rows((6, 0)), rows((13, 1))))
    assert cut.covers(*cut.top(4)), "two levels of asks were all there were"


def test_a_quote_that_is_newer_than_the_book_stands_on_top_of_it() -> None:
    bids, asks = LocalBook(snapshot()).top(10)
    top = QuoteUpdated("BTC/USDT", 1, Decimal(8), Decimal(9), Decimal(10), Decimal(3))
    assert with_quote(bids, asks, top) == (
        tuple(rows((8, 9), (7, 3))),
        tuple(rows((10, 3), (11, 1), (12, 2))),
    )
