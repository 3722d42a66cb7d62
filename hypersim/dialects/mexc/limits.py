"""Request limits as MEXC counts them (spot_v3_en, "LIMITS"): weight in ten seconds, for each
address, and for what is counted so for each account too."""

from collections.abc import Mapping
from typing import NamedTuple

from hypersim.api.limits import known_limits
from hypersim.dialects.mexc.errors import banned, too_many_requests
from hypersim.edge.client import Counted
from hypersim.service.limits import RateLimiter

WINDOW_MS = 10_000


class Limits(NamedTuple):
    """Weight in a window."""

    weight_10s: int = 300
    account_weight_10s: int = 500


def limits_from(given: Mapping[str, int]) -> Limits:
    """The usual limits, but for those that the settings give. Raises ValueError."""
    return Limits(**known_limits(given, Limits._fields))


class ClientLimits:
    """What clients have used, and who is shut out."""

    def __init__(self, limits: Limits, *, is_enforced: bool) -> None:
        addresses, accounts = limits if is_enforced else (0, 0)
        self._addresses = RateLimiter(addresses, WINDOW_MS)
        self._accounts = RateLimiter(accounts, WINDOW_MS)
        self._bans = RateLimiter(0)

    def charge(self, who: Counted, weight: int, now_ms: int) -> None:
        """Count a request. Raises 429, or 418 for who is shut out."""
        if left_ms := self._bans.take(who.name, now_ms):
            raise banned(left_ms)
        if wait_ms := self._addresses.take(who.name, now_ms, weight, width=who.width):
            raise too_many_requests(wait_ms)

    def charge_account(self, account_id: int, weight: int, now_ms: int) -> None:
        """Count it against the account whose request it is. Raises 429."""
        if wait_ms := self._accounts.take(account_id, now_ms, weight):
            raise too_many_requests(wait_ms)

    def ban(self, who: Counted, until_ms: int) -> None:
        """Nothing is done for this client until then."""
        self._bans.shut_out(who.name, until_ms)
