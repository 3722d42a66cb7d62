"""A fault that is armed, and what it is matched against: requests, their commands, and pushes."""

from collections.abc import Collection, Hashable
from fnmatch import fnmatchcase
from typing import Annotated, NamedTuple

import msgspec

from hypersim.account.user import ApiKey
from hypersim.faults import About, Fault

CLIENTS_MAX = 100_000
"""Whose hits are counted by themselves; beyond it all of these counts start again."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Number = Annotated[int, msgspec.Meta(ge=1)]


class Asked(NamedTuple):
    """What a request says of itself before anything of it is checked. `endpoint` is as metrics name
    it (`POST /api/v3/order`, `ws order.place`), `method` its HTTP or WebSocket API method, `who`
    the client against whose limits it counts."""

    dialect: str
    endpoint: str
    method: str
    key: str = ""
    symbol: str | None = None
    client_order_id: str | None = None
    who: Hashable = None


class Pushed(NamedTuple):
    """A push to a socket, or a socket itself. `keys` are those that it was opened or logged in
    with, `symbol` is that of the order or the market that a push tells of."""

    about: About
    dialect: str
    keys: Collection[ApiKey] = ()
    symbol: str | None = None


class Match(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """What is hit: that of which all of this is true. `endpoint` and `client_order_id` may have
    `*`. Of these every one by this `probability`; only the `nth`; between two times of
    the exchange (ms); at most so many `times`."""

    user: Name | None = None
    key: Name | None = None
    dialect: Name | None = None
    endpoint: Name | None = None
    method: Name | None = None
    client_order_id: Name | None = None
    symbol: Name | None = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    nth: Number | None = None
    from_: int | str | None = msgspec.field(default=None, name="from")
    until: int | str | None = None
    times: Number | None = None


class Armed:
    """One fault. `account_id` is the matched user's."""

    __slots__ = (
        "_end_ms",
        "_hits_of",
        "_is_spent",
        "_seen",
        "account_id",
        "fault",
        "hits",
        "id",
        "match",
        "stalled",
    )

    def __init__(self, name: str, match: Match, fault: Fault, account_id: int | None) -> None:
        self.id = name
        self.match = match
        self.fault = fault
        self.account_id = account_id
        self.hits = 0
        self.stalled: list[int] = []
        """Numbers of the orders that wait until it is cleared."""
        self._seen = 0
        self._hits_of: dict[Hashable, int] = {}
        self._end_ms: int | None = None
        """Of one that lasts, once it has hit."""
        self._is_spent = False

    @property
    def is_over(self) -> bool:
        """It has hit as often as it may, or for as long."""
        if self._end_ms is not None:
            return self._is_spent
        times = 1 if self.match.nth is not None else self.match.times
        return times is not None and self.hits >= times

    def count(self, who: Hashable) -> int:
        """One more hit; returns how many of this client's there were."""
        self.hits += 1
        if len(self._hits_of) >= CLIENTS_MAX:
            self._hits_of.clear()
        self._hits_of[who] = hits = self._hits_of.get(who, 0) + 1
        return hits

    @property
    def is_running(self) -> bool:
        """It has hit, and hits all that fits for a while."""
        return self._end_ms is not None

    def is_about(self, about: About, asked: Asked, account_id: int | None, now_ms: int) -> bool:
        """Whether all that is known of a request, or of a command that it gives, fits; counts it if
        so."""
        match = self.match
        if not self.fault.about & about:
            return False
        # Without a word on the endpoint, it is new orders that are meant.
        if about is About.CHANGE and match.endpoint is None and match.method is None:
            return False
        pairs = (
            (match.key, asked.key),
            (match.dialect, asked.dialect),
            (match.method, asked.method),
            (match.symbol, asked.symbol),
            (self.account_id, account_id),
        )
        if any(wanted is not None and wanted != found for wanted, found in pairs):
            return False
        globs = (match.endpoint, asked.endpoint), (match.client_order_id, asked.client_order_id)
        if any(glob is not None and not fnmatchcase(text or "", glob) for glob, text in globs):
            return False
        return self.is_time(now_ms) and self._is_turn()

    def is_told(self, pushed: Pushed, now_ms: int) -> bool:
        """The same of a push. A socket that is told nothing is no push that could be counted."""
        match = self.match
        if not self.fault.about & pushed.about or not self.is_time(now_ms):
            return False
        if match.dialect not in (None, pushed.dialect) or match.symbol not in (None, pushed.symbol):
            return False
        if match.key is not None and all(key.key != match.key for key in pushed.keys):
            return False
        account_id = self.account_id
        if account_id is not None and all(key.account_id != account_id for key in pushed.keys):
            return False
        if self._end_ms is not None and now_ms < self._end_ms:
            return True
        if self._end_ms is not None and self._may_come_again:
            self._end_ms = None
        elif self._end_ms is not None:
            self._is_spent = True
            return False
        if pushed.about is About.SOCKET:
            return match.nth is None and match.probability is None
        return self._is_turn()

    def strike(self, now_ms: int) -> None:
        """Once more."""
        self.hits += 1
        if self._end_ms is None and self.fault.lasts_ms is not None:
            self._end_ms = now_ms + self.fault.lasts_ms

    @property
    def _may_come_again(self) -> bool:
        """What lasts, and comes by chance."""
        return self.match.probability is not None and self.match.nth is None

    def is_time(self, now_ms: int) -> bool:
        """Whether it is armed for this moment."""
        from_ms, until_ms = self.match.from_, self.match.until
        is_begun = not isinstance(from_ms, int) or now_ms >= from_ms
        return is_begun and not (isinstance(until_ms, int) and now_ms >= until_ms)

    def _is_turn(self) -> bool:
        self._seen += 1
        return self.match.nth is None or self.match.nth == self._seen
