"""One bot under many seeds: the first that fails, and the fewest faults that are to blame."""

import re
from collections.abc import Callable, Iterable, Sequence

from hypersim.cli.drive.driving import Ended
from hypersim.cli.drive.faults import Fault
from hypersim.cli.drive.report import verdict
from hypersim.cli.drive.shrinking import fewest

SEEDS_MAX = 10_000
TRIES_MAX = 100
"""So many drives to find the fewest faults."""

FORM = f"FIRST-LAST such as 1-50, {SEEDS_MAX:,} at most"

Drive = Callable[[int, Sequence[Fault]], Ended]
"""By this seed, under these faults."""

_SPAN = re.compile(r"(\d{1,15})-(\d{1,15})", re.ASCII)


def seeds_of(text: str) -> range | None:
    """Those from the first to the last; None for what says no such thing."""
    found = _SPAN.fullmatch(text)
    seeds = range(int(found[1]), int(found[2]) + 1) if found else range(0)
    return seeds if 0 < len(seeds) <= SEEDS_MAX else None


def first_failing(
    seeds: Iterable[int], faults: Sequence[Fault], drive: Drive
) -> tuple[int, Ended] | None:
    """The first seed under which the bot fails, and how; None where it never does."""
    for seed in seeds:
        ended = drive(seed, faults)
        print(f"seed {seed}: {verdict(ended)}", flush=True)
        if ended.has_failed:
            return seed, ended
    return None


def fewest_faults(seed: int, failed: Ended, faults: Sequence[Fault], drive: Drive) -> list[Fault]:
    """So few that the bot still fails as it did; the same seed each time."""

    def fails(some: Sequence[Fault]) -> bool:
        ended = drive(seed, some)
        print(f"seed {seed}, {len(some)} of {len(faults)} faults: {verdict(ended)}", flush=True)
        return ended.is_like(failed)

    return fewest(faults, fails, TRIES_MAX)
