"""Live prices of any exchange that CCXT knows, polled over its public REST interface.

`ccxt:kraken` and so on. Books and trades are asked for symbol by symbol at the exchange's pace;
trades are those that its last page shows at each poll, so a busy market's may have gaps, which are
counted. This feed lives on the wall clock.
"""

from hypersim.feeds.ccxt.feed import CcxtFeed
from hypersim.feeds.options import FeedOptions
from hypersim.service.feed import Feed

IS_LIVE = True


def build(options: FeedOptions) -> Feed:
    """See `hypersim.feeds`. Raises `FeedUnavailable` for an exchange that CCXT does not know."""
    return CcxtFeed(options)
