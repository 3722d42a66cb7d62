"""What a request is charged to, by where it goes.

At the venue the futures are on hosts of their own and each endpoint of the Wallet API has a limit
of its own, so no ban of one closes another.
"""

from hypersim.dialects.binance.errors.general import too_much_weight
from hypersim.dialects.binance.limits.weights import MINUTE_MS, ClientLimits, Limits, Window
from hypersim.edge.client import Counted
from hypersim.edge.plain import Header

FUTURES_LIMITS = Limits(weight_1m=2_400)
"""Of each of the futures' hosts."""

WALLET_WEIGHT_1M = 12_000
"""Of each endpoint of the Wallet API: they share no limit with each other or with anything else."""


class HostMeter:
    """The requests of a host: those of the Spot API, or of one of the futures'."""

    def __init__(self, limits: ClientLimits) -> None:
        self._limits = limits
        self.charge = limits.charge
        self.forgive = limits.forgive

    def headers(self, who: Counted, now_ms: int) -> list[Header]:
        """What the client is told of its use."""
        used = b"%d" % self._limits.weight.count(who.name, now_ms)
        return [(b"x-mbx-used-weight", used), (b"x-mbx-used-weight-1m", used)]


class WalletMeter:
    """The requests of one endpoint of the Wallet API. Nobody is banned for them."""

    def __init__(self, *, is_enforced: bool) -> None:
        self._is_enforced = is_enforced
        self._weight = Window(MINUTE_MS, WALLET_WEIGHT_1M)

    def charge(self, who: Counted, weight: int, now_ms: int) -> int:
        """Count a request. Raises -1003."""
        used, limit = self._weight.count(who.name, now_ms) + weight, self._weight.limit
        if self._is_enforced and who.is_over(used, limit):
            raise too_much_weight(limit * who.width, self._weight.end_ms(now_ms))
        return self._weight.add(who.name, weight, now_ms)

    def forgive(self, who: Counted, weight: int, charged_ms: int) -> None:
        """Give back what was charged in this minute."""
        self._weight.give_back(who.name, weight, charged_ms)

    def headers(self, who: Counted, now_ms: int) -> list[Header]:
        """What the client is told of its use."""
        return [(b"x-sapi-used-ip-weight-1m", b"%d" % self._weight.count(who.name, now_ms))]


Meter = HostMeter | WalletMeter
"""Counts the requests of some paths."""


class Meters:
    """The meter of each path."""

    def __init__(self, spot: ClientLimits) -> None:
        self._is_enforced = spot.is_enforced
        self._spot = HostMeter(spot)
        self._futures = {
            host: HostMeter(ClientLimits(FUTURES_LIMITS, is_enforced=spot.is_enforced))
            for host in ("fapi", "dapi")
        }
        self._by_path: dict[str, Meter] = {}

    def of(self, path: str) -> Meter:
        """The one that counts requests to this path, which is one that is served."""
        meter = self._by_path.get(path)
        if meter is None:
            meter = self._by_path[path] = self._made_for(path)
        return meter

    def _made_for(self, path: str) -> Meter:
        host = path.split("/", 2)[1]
        if host == "sapi":
            return WalletMeter(is_enforced=self._is_enforced)
        return self._futures.get(host, self._spot)
