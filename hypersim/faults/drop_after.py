"""`dropAfter`: the answer is lost. All is done, and the connection is closed without an answer."""

from hypersim.faults import Chance, Effect, Fault, HangUp, check_on


class DropAfter(Fault, frozen=True):
    """On the way out."""

    drop_after: bool

    def __post_init__(self) -> None:
        check_on(self.drop_after)

    def after(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        return HangUp()


FAULT = DropAfter
