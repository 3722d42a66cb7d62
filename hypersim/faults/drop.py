"""`drop`: the request is lost. Nothing is done, and the connection is closed without an answer."""

from hypersim.faults import Chance, Effect, Fault, HangUp, check_on


class Drop(Fault, frozen=True):
    """On the way in."""

    drop: bool

    def __post_init__(self) -> None:
        check_on(self.drop)

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        return HangUp()


FAULT = Drop
