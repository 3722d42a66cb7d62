"""`rateLimit`: the venue says that too much is asked. Nothing is done."""

from typing import Annotated

import msgspec

from hypersim.faults import Chance, Effect, Fault, Refuse, Trouble, Troubled

WAIT_S_MAX = 259_200
"""Three days, the longest ban of Binance (rest-api.md, "IP Limits")."""


class Limits(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """When to ask again; after how many such answers the client is banned, where it is at all."""

    retry_after_s: Annotated[int, msgspec.Meta(ge=1, le=WAIT_S_MAX)] = 1
    ban_after: Annotated[int, msgspec.Meta(ge=1)] | None = None


class RateLimit(Fault, frozen=True):
    """On the way in."""

    rate_limit: Limits

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance
        ban_after = self.rate_limit.ban_after
        is_banned = ban_after is not None and hits > ban_after
        trouble = Trouble.BANNED if is_banned else Trouble.RATE_LIMITED
        return Refuse(Troubled(trouble, status=429, wait_s=self.rate_limit.retry_after_s))


FAULT = RateLimit
