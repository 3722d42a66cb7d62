"""What tests of a failing venue look at."""

from collections.abc import Callable
from itertools import count

from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.service.feed import FeedState
from tests.support.fake_binance import (
    FakeBinance,
)
from tests.support.live_feeds import (
    BTC,
)

POLLS = "ticker/bookTicker"


def mover(venue: FakeBinance) -> Callable[[], None]:
    """Moves Bitcoin a little at each call."""
    steps = count(42_001)
    return lambda: venue.move(BTC, str(next(steps)))


def has_state(feed: BinanceFeed, state: FeedState, words: str = "") -> bool:
    status = feed.status()
    return status.state is state and words in status.detail
