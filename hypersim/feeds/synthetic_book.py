"""The order book around a synthetic price: a tight spread, then levels that grow with depth."""

from hypersim.feeds.synthetic_noise import Dice

LEVELS = 30
"""Levels on each side, fewer where the price is too near to zero."""

TickLevel = tuple[int, int]
"""(price in ticks, size in steps)"""

_BOOK = 22
_SPREAD = 23


def book_around(
    price: int, *, is_ask: bool, moment: int, size: int, dice: Dice
) -> tuple[list[TickLevel], list[TickLevel]]:
    """Bids and asks, best first, with `price` as the best ask or the best bid.

    `size` is what a level near the touch usually shows; `moment` says which book of many.
    """
    rolls = dice.roll(_BOOK, moment, 4 * LEVELS)
    spread = _spread(price, dice, moment)
    ask = price if is_ask else price + spread
    bid = max(1, price - spread) if is_ask else price
    # Levels lie about half a basis point apart, on every tick where ticks are coarse.
    gap = 1 + price // 20_000
    bids, asks = [], []
    for level in range(LEVELS):
        to_bid, to_ask, bid_size, ask_size = rolls[4 * level : 4 * level + 4]
        depth = size * (level + 6) // 6
        if bid > 0:
            bids.append((bid, 1 + depth * (bid_size + 36_000) // 32_768))
        asks.append((ask, 1 + depth * (ask_size + 36_000) // 32_768))
        bid -= 1 + to_bid % gap
        ask += 1 + to_ask % gap
    return bids, asks


def _spread(price: int, dice: Dice, moment: int) -> int:
    """One tick half of the time, else up to a tenth of a basis point."""
    (roll,) = dice.roll(_SPREAD, moment, 1)
    return 1 if roll < 0 else 1 + roll % (1 + price // 100_000)
