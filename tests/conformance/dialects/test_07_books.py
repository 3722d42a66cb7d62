"""A followed book: card 25."""

import random
from decimal import Decimal

from hypersim.market.events import Level
from tests.support.dialects.stand import CENT, PRICE, Stand
from tests.support.dialects.words import Topic

MOVES_BEFORE, MOVES_AFTER = 5, 25
SPEED_MS = 100
"""Of the fastest stream that waits."""


def side(dice: random.Random, direction: int) -> tuple[Level, ...]:
    """A few levels, of which many were there before and some are new."""
    steps = sorted(dice.sample(range(1, 13), dice.randint(1, 8)))
    return tuple((PRICE + direction * step * CENT, Decimal(dice.randint(1, 3))) for step in steps)


async def test_card_25_a_snapshot_and_the_differences_make_the_book(stand: Stand) -> None:
    adapter, dice = stand.adapter, random.Random(7)
    listener = await stand.follow(Topic.BOOK)
    for _ in range(MOVES_BEFORE):
        await stand.show(side(dice, -1), side(dice, 1))
        await stand.pass_time(SPEED_MS)
    pushes = await listener.heard_until(bool)
    snapshot = await stand.done(adapter.book())
    for number in range(MOVES_AFTER):
        await stand.show(side(dice, -1), side(dice, 1))
        if number % 3 == 0:
            await stand.pass_time(SPEED_MS)
    await stand.pass_time(10 * SPEED_MS)
    book = adapter.book_of(await stand.done(adapter.book()))
    assert book != adapter.book_of(snapshot)
    pushes += await listener.heard_until(
        lambda more: adapter.followed(snapshot, pushes + more) == book
    )
    assert adapter.followed(snapshot, pushes) == book
