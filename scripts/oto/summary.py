"""What a run came to, in a few lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from scripts.oto.history import Difference
from scripts.oto.machine import Machine
from scripts.oto.states import Pause, State
from scripts.oto.terms import ZERO, plain
from scripts.oto.user import User

WITHIN_MS = 2_000
"""Updates are due by then."""

SHOWN_MAX = 10
"""Mismatches that are printed; the rest is counted."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; 0 of none."""
    if not values:
        return 0.0
    ranked = sorted(values)
    return ranked[max(0, ceil(share * len(ranked)) - 1)]


def share_within(values: Sequence[float], limit: float) -> float:
    """How many of the values, from 0 to 1, are no larger; 1 of none."""
    return sum(value <= limit for value in values) / len(values) if values else 1.0


@dataclass(slots=True)
class Summary:
    """Of all users together. Latencies run from the transaction to the client's ear."""

    users: int = 0
    reached: int = 0
    failed: list[str] = field(default_factory=list)
    volume: Decimal = ZERO
    completed: int = 0
    given_up: int = 0
    orders: int = 0
    checked: int = 0
    caught_up: int = 0
    foreign: int = 0
    repeated: int = 0
    pauses: Counter[Pause] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    differences: list[tuple[str, Difference]] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nobody failed, and the stream and REST agree."""
        return not (self.failed or self.differences or self.repeated)

    def lines(self, quote: str) -> list[str]:
        """For people; amounts are in the asset `quote`."""
        late = self.latencies_ms
        pauses = ", ".join(f"{count} {pause}" for pause, count in sorted(self.pauses.items()))
        shown = [f"  {name}: {one}" for name, one in self.differences[:SHOWN_MAX]]
        return [
            f"users       {self.users}: {self.reached} reached the target, "
            f"{len(self.failed)} failed",
            f"volume      {plain(self.volume)} {quote}",
            f"cycles      {self.completed} completed, {self.given_up} given up, "
            f"{self.orders} orders",
            f"pauses      {pauses or 'none'}",
            f"updates     {len(late)}: p50 {percentile(late, 0.5):.1f} ms, "
            f"p95 {percentile(late, 0.95):.1f} ms, max {max(late, default=0):.1f} ms, "
            f"{share_within(late, WITHIN_MS):.2%} within {WITHIN_MS} ms",
            f"checks      {self.checked} open orders on the way, {self.orders} orders at the end",
            f"mismatches  {len(self.differences)} between stream and REST, "
            f"{self.repeated} trades told twice, {self.foreign} orders not placed here, "
            f"{self.caught_up} states learned by REST alone",
            *shown,
            *(f"  {line}" for line in self.failed),
        ]


def summarize(users: Sequence[User]) -> Summary:
    """Add them up."""
    total = Summary(users=len(users))
    for user in users:
        _add_machine(total, user.machine)
        history = user.history
        total.orders += len(history.orders)
        total.checked += user.checked
        total.caught_up += history.caught_up
        total.foreign += len(history.foreign)
        total.repeated += history.repeated
        total.latencies_ms += user.latencies_ms
        total.differences += [(user.name, one) for one in user.differences]
        if user.failure or user.machine.course.state is State.FAILED:
            total.failed.append(f"{user.name}: {user.failure or 'see the log'}")
    return total


def _add_machine(total: Summary, machine: Machine) -> None:
    total.volume += machine.volume
    total.completed += machine.completed
    total.given_up += machine.given_up
    total.reached += machine.volume >= machine.plan.target_volume
    total.pauses += machine.course.pauses
