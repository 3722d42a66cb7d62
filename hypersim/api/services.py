"""What every API gets to work with."""

from typing import NamedTuple

from hypersim.service.engine import Engine
from hypersim.service.feed import Feed
from hypersim.service.limits import RateLimiter
from hypersim.service.markets import Markets
from hypersim.service.credentials import LoginTokens
from hypersim.service.record import Archive


class Services(NamedTuple):
    """The running exchange as a dialect sees it: `engine.submit` to change something;
    `engine.view`, `markets` and `archive` to read."""

    engine: Engine
    markets: Markets
    archive: Archive
    feed: Feed
    limiter: RateLimiter
    tokens: LoginTokens
