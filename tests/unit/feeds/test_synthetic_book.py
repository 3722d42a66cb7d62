"""The deep end of a synthetic book: thousands of levels, made when asked for, the same for all."""

import operator
from decimal import Decimal
from itertools import pairwise

import pytest

from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import MINUTE_MS
from hypersim.market.depth import best, size_at
from hypersim.market.events import DepthUpdated
from hypersim.market.instrument import Instrument
from tests.support.timed_feeds import NOON_MS, events_of, options_at, packaged_instruments


async def books_of(instrument: Instrument, minutes: int = 1) -> list[DepthUpdated]:
    feed = SyntheticFeed(options_at(instruments=(instrument,)))
    end_ms = NOON_MS + minutes * MINUTE_MS
    events = await events_of(feed, until=lambda event: event.time_ms >= end_ms)
    return [event for event in events if isinstance(event, DepthUpdated)]


@pytest.mark.parametrize("instrument", packaged_instruments(), ids=lambda one: one.id)
async def test_a_side_has_thousands_of_levels_in_order_on_the_grid(instrument: Instrument) -> None:
    book = (await books_of(instrument))[0]
    for shown, deep, is_better in (
        (book.bids, book.deep_bids, operator.gt),
        (book.asks, book.deep_asks, operator.lt),
    ):
        levels = best(shown, deep, 5_000)
        assert 1_000 < len(levels) <= 5_000
        assert levels[: len(shown)] == shown
        assert all(is_better(a[0], b[0]) for a, b in pairwise(levels))
        assert all(instrument.is_on_tick(price) and price > 0 for price, _ in levels)
        assert all(instrument.is_on_step(size) and size > 0 for _, size in levels)
        assert best(shown, deep, 100) == levels[:100]
        assert best(shown, deep, 20) == levels[:20]


async def test_levels_thin_out_with_distance() -> None:
    book = (await books_of(packaged_instruments()[0]))[0]
    prices = [price for price, _ in best(book.asks, book.deep_asks, 5_000)]
    near = prices[500] - prices[0]
    far = prices[4_999] - prices[4_499]
    assert far > near * Decimal("1.5")


async def test_what_lies_deep_rests_while_the_best_prices_move() -> None:
    books = await books_of(packaged_instruments()[0], minutes=2)
    assert len({book.asks[0][0] for book in books}) > 20
    first, last = books[0], books[-1]
    assert (first.deep_bids, first.deep_asks) == (last.deep_bids, last.deep_asks)
    assert first.deep_asks is not None
    for price, size in first.deep_asks.levels(first.asks[-1][0] * Decimal("1.05"), 50):
        assert size_at(price, last.deep_asks, is_bids=False) == size


async def test_most_of_a_book_stands_still_from_one_to_the_next() -> None:
    """An event costs what it changes."""
    books = await books_of(packaged_instruments()[0])
    kept = [len(set(a.bids) & set(b.bids)) / len(b.bids) for a, b in pairwise(books)]
    assert sum(kept) / len(kept) > 0.7


@pytest.mark.parametrize("is_bids", [True, False])
async def test_the_size_at_a_price_is_that_of_its_level(is_bids: bool) -> None:
    book = (await books_of(packaged_instruments()[0]))[0]
    shown, deep = (book.bids, book.deep_bids) if is_bids else (book.asks, book.deep_asks)
    levels = best(shown, deep, 200)[len(shown) :]
    for price, size in levels:
        assert size_at(price, deep, is_bids=is_bids) == size
    tick = packaged_instruments()[0].tick_size
    known = {price for price, _ in levels}
    beside = levels[50][0] + tick
    assert beside in known or size_at(beside, deep, is_bids=is_bids) == 0
    assert size_at(beside, None, is_bids=is_bids) == 0
