"""`maintenance`: the venue is closed, and says so. Nothing is done."""

from hypersim.faults import Chance, Effect, Fault, Refuse, Trouble, Troubled, check_on


class Maintenance(Fault, frozen=True):
    """Until it is cleared, or as long as it matches."""

    maintenance: bool

    def __post_init__(self) -> None:
        check_on(self.maintenance)

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        return Refuse(Troubled(Trouble.MAINTENANCE, status=503))


FAULT = Maintenance
