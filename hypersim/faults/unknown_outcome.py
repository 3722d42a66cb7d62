"""`unknownOutcome`: all is done, but the venue answers that it does not know whether it was."""

from hypersim.faults import Chance, Effect, Fault, Refuse, Trouble, Troubled, check_on


class UnknownOutcome(Fault, frozen=True):
    """On the way out."""

    unknown_outcome: bool

    def __post_init__(self) -> None:
        check_on(self.unknown_outcome)

    def after(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        return Refuse(Troubled(Trouble.UNKNOWN_OUTCOME, status=504))


FAULT = UnknownOutcome
