"""`timeSkewMs`: the exchange's clock is off to whoever asks, or signs."""

from typing import Annotated

import msgspec

from hypersim.faults import Chance, Effect, Fault, Skew

SKEW_MS_MAX = 86_400_000


class TimeSkewMs(Fault, frozen=True):
    """How much later the exchange takes it to be; below 0 for earlier."""

    time_skew_ms: Annotated[int, msgspec.Meta(ge=-SKEW_MS_MAX, le=SKEW_MS_MAX)]

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        return Skew(self.time_skew_ms)


FAULT = TimeSkewMs
