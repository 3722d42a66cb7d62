"""`make drill`: 60 kills, and a table of what was lost."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.drill.drill import drill, mixture, table
from tests.support.crash import report

CYCLES = 60


def main() -> int:
    """The exit code: 0 when nothing was lost."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument(
        "cycles", type=int, nargs="?", default=CYCLES, help=f"how many kills ({CYCLES})"
    )
    parser.add_argument("--seed", type=int, help="repeats the kinds and the traders of a drill")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    report(f"drill with --seed {seed}")
    with tempfile.TemporaryDirectory(prefix="hypersim-drill-") as root:
        kinds = mixture(options.cycles, random.Random(seed))
        outcomes = list(drill(kinds, seed, Path(root)))
    report(table(outcomes))
    return any(outcome.lost for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
