"""Live prices of Binance Spot: WebSocket streams, and REST beside them.

Either alone carries the feed: REST shows quotes while a symbol's streams are silent, the streams
go on while REST is limited or down. Only public market data is asked for, and no key is used.
This feed lives on the wall clock.
"""

from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.options import FeedOptions
from hypersim.service.feed import Feed

IS_LIVE = True


def build(options: FeedOptions) -> Feed:
    """See `hypersim.feeds`."""
    return BinanceFeed(options)
