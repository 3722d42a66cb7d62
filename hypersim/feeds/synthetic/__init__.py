"""Made-up markets that look alive: seeded, reproducible, offline, with history back to 2017.

What happens at a moment is a function of the seed, the symbol and the moment, never of the wall
clock or of what was asked before. Prices belong to assets and markets follow from them, so that
crosses agree with their legs. Twice a second and symbol there is a new book, and at about half of
these moments trades; a book whose successor is already due when its turn comes (the machine is
slower than the clock) is left out most of the time, a trade never is.

From the large to the small: `assets` says what there is, `volatility` how lively the times are,
`paths` what an asset is worth, `minutes` what a market makes of it, `tape` its trades, `book` what
is on offer. `columns` finds any of it, `market` says it in the words of the exchange.
"""

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.service.feed import Feed


def build(options: FeedOptions) -> Feed:
    """A feed that makes up prices for the configured instruments."""
    return SyntheticFeed(options)
