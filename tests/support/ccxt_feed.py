"""A feed of CCXT's that asks a fake venue."""

from msgspec.structs import replace

from hypersim.feeds.ccxt.feed import CcxtFeed
from hypersim.feeds.ccxt.timings import CcxtTimings
from hypersim.feeds.options import FeedOptions
from hypersim.service.feed import FeedState
from tests.support.fake_binance import (
    FakeBinance,
)
from tests.support.live_feeds import (
    options,
)

FAST = CcxtTimings(
    open_attempts=2,
    request_s=0.2,
    backoff_first_s=0.05,
    backoff_cap_s=0.1,
    rate_limited_s=0.3,
    stale_after_s=0.4,
    stale_check_s=0.02,
    minute_grace_s=0.0,
)


def named(given: FeedOptions, exchange: str = "binance") -> FeedOptions:
    return replace(given, argument=exchange)


def make(
    venue: FakeBinance, given: FeedOptions | None = None, timings: CcxtTimings = FAST
) -> CcxtFeed:
    config = {
        "rateLimit": 2,
        # For connections with TLS, which these are not.
        "timeout_on_exit": 0,
        "urls": {"api": {"public": f"{venue.url}/api/v3"}},
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchCurrencies": False,
        },
    }
    return CcxtFeed(named(given or options(venue.url)), config, timings)


def has_state(feed: CcxtFeed, state: FeedState, words: str = "") -> bool:
    status = feed.status()
    return status.state is state and words in status.detail
