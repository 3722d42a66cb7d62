"""What a drive prints besides the report of its clients."""

from hypersim.cli.client import print_clients
from hypersim.cli.drive.driving import Ended
from hypersim.cli.drive.golden import Difference

NOTHING = "nothing more"


def print_report(ended: Ended) -> None:
    """How each client kept the rules, and how it ended."""
    print_clients(ended.clients)
    print(f"drive: {verdict(ended)}")


def verdict(ended: Ended) -> str:
    """How it ended, in a few words."""
    if ended.broken:
        return f"failed: {', '.join(sorted(ended.broken))}"
    return f"the bot ended with status {ended.status}" if ended.status else "passed"


def print_difference(found: Difference) -> None:
    """Where a run left the way of an earlier one."""
    print(f"golden: line {found.line} differs")
    print(f"  before: {found.before or NOTHING}")
    print(f"  now:    {found.now or NOTHING}")
