"""`userData`: what an account is told of its orders, fills and balances goes astray. What happened
has happened all the same."""

from typing import Literal

import msgspec

from hypersim.faults import About, Chance, Fault, Later, Lose, PushEffect, Repeat, Swap
from hypersim.faults.delay_ms import Ms, Spread


class Delay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Told so much later, on the exchange's clock."""

    delay_ms: Ms | Spread


_EFFECTS: dict[str, PushEffect] = {"duplicate": Repeat(), "drop": Lose(), "reorder": Swap()}


class UserData(Fault, frozen=True):
    """Told twice, not at all, after the next one, or later."""

    user_data: Literal["duplicate", "drop", "reorder"] | Delay

    @property
    def about(self) -> About:
        """See `Fault`."""
        return About.ACCOUNT

    def pushed(self, chance: Chance, hits: int) -> PushEffect | None:
        """See `Fault`."""
        del hits
        wanted = self.user_data
        if isinstance(wanted, str):
            return _EFFECTS[wanted]
        delay = wanted.delay_ms
        return Later(delay if isinstance(delay, int) else delay.draw(chance))


FAULT = UserData
