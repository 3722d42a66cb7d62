"""Recorded markets, played again: `replay:PATH`, a file or a folder of Binance's public dumps.

The exchange's time starts with the recording. `replay:PATH?warmup=500` starts it 500 minutes later
(or a quarter into the recording, if that is sooner), so that a bot finds history on its first
request. The last quote stays when the recording ends.
"""

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.library import find_recordings, start_of
from hypersim.feeds.replay.source import parse_source
from hypersim.service.feed import Feed

HAS_DEPTH = False
HAS_END = True


def build(options: FeedOptions) -> Feed:
    """A feed that plays the recordings at the path that is its argument."""
    return ReplayFeed(options, parse_source(options.argument))


def start_ms(argument: str) -> int:
    """When the exchange's time starts. Raises FeedUnavailable when there is nothing to play."""
    source = parse_source(argument)
    return start_of(find_recordings(source.path), source.warmup_minutes)
