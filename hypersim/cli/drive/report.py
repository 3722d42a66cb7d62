"""What a drive prints besides the report of its clients."""

from typing import Any

from hypersim.cli.client import print_clients
from hypersim.cli.drive.driving import Ended
from hypersim.cli.drive.golden import Difference

NOTHING, NONE = "nothing more", "-"

FINDINGS_MAX = 20
"""Of each rule; `--junit` has all of them."""


def print_report(ended: Ended) -> None:
    """How each client kept the rules, and how it ended."""
    print_clients(ended.clients)
    for rule in (rule for client in ended.clients for rule in client["rules"]):
        _print_findings(rule)
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


def _print_findings(rule: dict[str, Any]) -> None:
    findings = rule["findings"]
    for finding in findings[:FINDINGS_MAX]:
        requests = ", ".join(map(str, finding["requests"]))
        print(f"{rule['rule']}: {finding['text']} (requests {requests or NONE})")
    if len(findings) > FINDINGS_MAX:
        print(f"{rule['rule']}: {len(findings) - FINDINGS_MAX} more")
