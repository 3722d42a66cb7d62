"""`rateLimit`: the venue says that too much is asked. Nothing is done."""

from typing import Annotated

import msgspec

from hypersim.faults import Chance, Effect, Fault, Refuse, Trouble, Troubled

WAIT_S_MAX = 259_200
"""Three days, the longest ban of Binance (rest-api.md, "IP Limits")."""

BAN_S = 120
"""The first ban of Binance is as long; where a venue has no bans, nothing is answered as long."""


class Limits(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """When to ask again; after how many such answers a client is banned."""

    retry_after_s: Annotated[int, msgspec.Meta(ge=1, le=WAIT_S_MAX)] = 1
    ban_after: Annotated[int, msgspec.Meta(ge=1)] | None = None


class RateLimit(Fault, frozen=True):
    """On the way in."""

    rate_limit: Limits

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance
        limits = self.rate_limit
        if limits.ban_after is not None and hits % (limits.ban_after + 1) == 0:
            return Refuse(Troubled(Trouble.BANNED, status=429, wait_s=BAN_S))
        return Refuse(Troubled(Trouble.RATE_LIMITED, status=429, wait_s=limits.retry_after_s))


FAULT = RateLimit
