"""What stands after the colon of `replay:PATH?warmup=MINUTES`."""

from pathlib import Path

import msgspec

from hypersim.service.feed import FeedUnavailable

_WARMUP = "?warmup="


class ReplaySource(msgspec.Struct, frozen=True):
    """What to play, and how many minutes after its beginning the exchange's time starts."""

    path: Path
    warmup_minutes: int


def parse_source(argument: str) -> ReplaySource:
    """Path and warm-up; raises FeedUnavailable when the argument is neither."""
    path, _, minutes = argument.partition(_WARMUP)
    if not path:
        raise FeedUnavailable("replay: say what to play: replay:PATH")
    if _WARMUP in argument and not (minutes.isascii() and minutes.isdigit()):
        raise FeedUnavailable(f"replay: warmup is a number of minutes, not {minutes!r}")
    return ReplaySource(Path(path).expanduser(), int(minutes or 0))
