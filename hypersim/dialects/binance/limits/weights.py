"""Request limits as Binance counts them: weight and requests per client, with bans for those who
go on after 429, and unfilled orders per account.

A client is an address at the venue; `api.client` says what it is here.

Windows are fixed on the exchange's clock: a minute's weight starts again at :00.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
import structlog

from hypersim.api.limits import known_limits
from hypersim.dialects.binance.errors import general as errors
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.edge.client import UNLIMITED_WIDTH, Counted
from hypersim.trading.order import Fill, Liquidity, Order

SECOND_MS, MINUTE_MS, DAY_MS = 1_000, 60_000, 86_400_000

REFUSALS_BEFORE_BAN = 20
"""Requests answered with 429 in one minute; the next one bans the client. So many times as many
where a limit is wider."""

FIRST_BAN_MS = 2 * MINUTE_MS
LONGEST_BAN_MS = 3 * DAY_MS

CLIENTS_MAX = 100_000
"""Clients and accounts counted at a time; beyond it all counts start again."""

MAKER_CREDIT = 5
"""How many orders of the count an order gives back that rested before it first traded."""


log = structlog.get_logger(__name__)


class Limits(NamedTuple):
    """What `exchangeInfo` announces."""

    weight_1m: int = 6_000
    requests_5m: int = 300_000
    orders_10s: int = 100
    orders_1d: int = 200_000


UNLIMITED = Limits(*[2**31 - 1] * len(Limits._fields))
"""What is announced when nothing is limited: the largest INT, which no client ever gets to. Clients
that look a limit up find one, and none that throttle themselves by it wait."""


def limits_from(given: Mapping[str, int]) -> Limits:
    """The usual limits, but for those that the settings give. Raises ValueError."""
    return Limits(**known_limits(given, Limits._fields))


class LimitRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A limit as Binance shows it, with its current use where that is asked for."""

    rateLimitType: str  # noqa: N815 - Binance's name
    interval: str
    intervalNum: int  # noqa: N815 - Binance's name
    limit: int
    count: int | None = None


class Window:
    """Counts per key in fixed windows of one length."""

    def __init__(self, length_ms: int, limit: int) -> None:
        self.length_ms = length_ms
        self.limit = limit
        self._turns_ms = 0
        self._counts: dict[object, int] = {}

    def count(self, key: object, now_ms: int) -> int:
        """What was counted in the current window."""
        if now_ms >= self._turns_ms:
            self._turns_ms = self.end_ms(now_ms)
            self._counts.clear()
        return self._counts.get(key, 0)

    def add(self, key: object, amount: int, now_ms: int) -> int:
        """The count after adding; never below zero."""
        counts = self._counts
        if now_ms >= self._turns_ms:
            self._turns_ms = self.end_ms(now_ms)
            counts.clear()
        after = counts.get(key, 0) + amount
        if after < 0:
            after = 0
        if len(counts) > CLIENTS_MAX:
            counts.clear()
        counts[key] = after
        return after

    def give_back(self, key: object, amount: int, counted_ms: int) -> None:
        """Count what was counted then no longer, unless another window has begun since."""
        if counted_ms >= self._turns_ms - self.length_ms:
            left = self._counts.get(key, 0) - amount
            self._counts[key] = left if left > 0 else 0

    def forget(self) -> None:
        """Count from nothing."""
        self._counts.clear()

    def end_ms(self, now_ms: int) -> int:
        """When the current window ends."""
        return (now_ms // self.length_ms + 1) * self.length_ms


class Ban(NamedTuple):
    """`length_ms` doubles with every ban of the same client."""

    until_ms: int
    length_ms: int


class ClientLimits:
    """Weight and requests per client of one of the venue's hosts, with bans."""

    def __init__(self, limits: Limits, *, is_enforced: bool) -> None:
        self.is_enforced = is_enforced
        self.weight = Window(MINUTE_MS, limits.weight_1m)
        self._requests = Window(5 * MINUTE_MS, limits.requests_5m)
        self._refusals = Window(MINUTE_MS, REFUSALS_BEFORE_BAN)
        self._bans: dict[object, Ban] = {}
        self.on_ban: list[Callable[[Counted], None]] = []
        """Told who is banned from now on."""

    def charge(self, who: Counted, weight: int, now_ms: int) -> int:
        """Count a request; returns the weight used in this minute. Raises -1003: 429 over a limit,
        418 while banned. Without enforcement it only counts."""
        name = who.name
        if self._bans and (error := self.banned(who, now_ms)):
            raise error
        if not self.is_enforced or who.width == UNLIMITED_WIDTH:
            return self.weight.add(name, weight, now_ms)
        if who.is_over(self._requests.add(name, 1, now_ms), self._requests.limit):
            raise self._refuse(who, now_ms, errors.too_many_requests(self._requests.end_ms(now_ms)))
        used = self.weight.add(name, weight, now_ms)
        if who.is_over(used, self.weight.limit):
            self.weight.give_back(name, weight, now_ms)
            limit, end_ms = self.weight.limit * who.width, self.weight.end_ms(now_ms)
            raise self._refuse(who, now_ms, errors.too_much_weight(limit, end_ms))
        return used

    def forgive(self, who: Counted, weight: int, charged_ms: int) -> None:
        """Give back what was charged in this minute."""
        self.weight.give_back(who.name, weight, charged_ms)

    def row(self, who: Counted, now_ms: int) -> LimitRow:
        """The weight that the client has used, beside the limit that is announced to everybody:
        those for whom it is wider need not know."""
        used = self.weight.count(who.name, now_ms)
        return LimitRow("REQUEST_WEIGHT", "MINUTE", 1, self.weight.limit, used)

    def banned(self, who: Counted, now_ms: int) -> BinanceError | None:
        """What is said to whoever is banned."""
        ban = self._bans.get(who.name)
        return None if ban is None or now_ms >= ban.until_ms else errors.banned(ban.until_ms)

    def _refuse(self, who: Counted, now_ms: int, error: BinanceError) -> BinanceError:
        if not who.is_over(self._refusals.add(who.name, 1, now_ms), REFUSALS_BEFORE_BAN):
            return error
        return self.ban(who, now_ms)

    def ban(self, who: Counted, now_ms: int) -> BinanceError:
        """Shut out from now on, and what is said of that. Nobody's ban becomes longer meanwhile."""
        if error := self.banned(who, now_ms):
            return error
        last = self._bans.get(who.name)
        length_ms = FIRST_BAN_MS if last is None else min(2 * last.length_ms, LONGEST_BAN_MS)
        if len(self._bans) >= CLIENTS_MAX:
            self._bans.clear()
        self._bans[who.name] = Ban(now_ms + length_ms, length_ms)
        log.warning("banned for going on after 429", client=who.label, seconds=length_ms // 1000)
        for hook in self.on_ban:
            hook(who)
        return errors.banned(now_ms + length_ms)


class OrderCounts:
    """Unfilled orders per account. A new order counts up; its first fill counts down, by more if
    it had rested before."""

    def __init__(self, limits: Limits, *, is_enforced: bool) -> None:
        self.is_enforced = is_enforced
        self.per_10s = Window(10 * SECOND_MS, limits.orders_10s)
        self.per_day = Window(DAY_MS, limits.orders_1d)

    def take(self, account_id: int, orders: int, now_ms: int) -> None:
        """Count new orders. Raises -1015 (429) when that would exceed a limit."""
        per_10s, per_day = self.per_10s, self.per_day
        is_over_10s = per_10s.add(account_id, orders, now_ms) > per_10s.limit
        is_over_day = per_day.add(account_id, orders, now_ms) > per_day.limit
        if self.is_enforced and (is_over_10s or is_over_day):
            self.add(account_id, -orders, now_ms)
            window, interval = (per_10s, "10 SECOND") if is_over_10s else (per_day, "1 DAY")
            raise errors.too_many_orders(window.limit, interval)

    def add(self, account_id: int, orders: int, now_ms: int) -> None:
        """Count up, or down for orders that were refused or traded."""
        self.per_10s.add(account_id, orders, now_ms)
        self.per_day.add(account_id, orders, now_ms)

    def filled(self, order: Order, fill: Fill, now_ms: int) -> None:
        """Count down at an order's first fill; `order` is as the fill left it."""
        if order.filled == fill.quantity:
            credit = MAKER_CREDIT if fill.liquidity is Liquidity.MAKER else 1
            self.add(order.account_id, -credit, now_ms)

    def forget(self) -> None:
        """Count from nothing: account numbers are other accounts from now on."""
        self.per_10s.forget()
        self.per_day.forget()

    def counts(self, account_id: int, now_ms: int) -> tuple[int, int]:
        """(in 10 seconds, in the day)"""
        return self.per_10s.count(account_id, now_ms), self.per_day.count(account_id, now_ms)

    def rows(self, account_id: int, now_ms: int) -> list[LimitRow]:
        """The account's counts beside their limits."""
        short, day = self.counts(account_id, now_ms)
        return [
            LimitRow("ORDERS", "SECOND", 10, self.per_10s.limit, short),
            LimitRow("ORDERS", "DAY", 1, self.per_day.limit, day),
        ]


def announced(limits: Limits) -> list[LimitRow]:
    """The limits as `exchangeInfo` lists them."""
    return [
        LimitRow("REQUEST_WEIGHT", "MINUTE", 1, limits.weight_1m),
        LimitRow("ORDERS", "SECOND", 10, limits.orders_10s),
        LimitRow("ORDERS", "DAY", 1, limits.orders_1d),
        LimitRow("RAW_REQUESTS", "MINUTE", 5, limits.requests_5m),
    ]
