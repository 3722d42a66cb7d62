"""`delayWallMs`: it takes longer, on the wall's clock, as a client's own time-outs do."""

from typing import Annotated

import msgspec

from hypersim.faults import Chance, Effect, Fault, Wait

DELAY_WALL_MS_MAX = 600_000


class DelayWallMs(Fault, frozen=True):
    """Before anything is looked at."""

    delay_wall_ms: Annotated[int, msgspec.Meta(ge=0, le=DELAY_WALL_MS_MAX)]

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        return Wait(self.delay_wall_ms, is_wall=True)


FAULT = DelayWallMs
