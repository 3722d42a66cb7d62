"""`delayMs`: it takes longer, on the exchange's clock."""

from math import exp
from statistics import NormalDist
from typing import Annotated, Literal

import msgspec

from hypersim.faults import Chance, Effect, Fault, Wait

DELAY_MS_MAX = 3_600_000
_LEAST_CHANCE = 1e-9

Ms = Annotated[int, msgspec.Meta(ge=0, le=DELAY_MS_MAX)]


class Spread(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Log-normal, as the latency of networks is: half of all are below the `median`, and two in
    three within a factor of e to the `sigma` of it."""

    median: Ms
    sigma: Annotated[float, msgspec.Meta(ge=0, le=5)]

    def draw(self, chance: Chance) -> int:
        """One of them, in ms."""
        deviation = NormalDist().inv_cdf(max(chance(), _LEAST_CHANCE))
        return min(DELAY_MS_MAX, round(self.median * exp(self.sigma * deviation)))


class DelayMs(Fault, frozen=True, omit_defaults=True):
    """`when`: on the way in, before anything is looked at, or on the way out."""

    delay_ms: Ms | Spread
    when: Literal["before", "after"] = "before"

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del hits
        return self._wait(chance) if self.when == "before" else None

    def after(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del hits
        return self._wait(chance) if self.when == "after" else None

    def _wait(self, chance: Chance) -> Wait:
        delay = self.delay_ms
        return Wait(delay if isinstance(delay, int) else delay.draw(chance))


FAULT = DelayMs
