"""`withdrawals`: nothing leaves the exchange."""

from typing import Literal

from hypersim.faults import About, Chance, Decision, Fault, RejectCommand


class Withdrawals(Fault, frozen=True):
    """Those that are asked for are refused, as while a venue has them suspended. Those that are on
    their way arrive."""

    withdrawals: Literal["freeze"]

    @property
    def about(self) -> About:
        """See `Fault`."""
        return About.WITHDRAWAL

    def decided(self, chance: Chance, hits: int) -> Decision:
        """See `Fault`."""
        del chance, hits
        return RejectCommand("WITHDRAWALS_SUSPENDED")


FAULT = Withdrawals
