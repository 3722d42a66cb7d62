"""The faults that are armed: whom each hits, and when."""

from collections.abc import Callable, Collection, Hashable, Iterable
from fnmatch import fnmatchcase
from typing import Annotated, NamedTuple

import msgspec

from hypersim.account.user import ApiKey
from hypersim.faults import SOCKETS, About, Effect, Fault, PushEffect, name_of
from hypersim.service.chance import Chance, Purpose

FAULTS_MAX = 1_000
"""Armed at a time."""

CLIENTS_MAX = 100_000
"""Whose hits are counted by themselves; beyond it all of these counts start again."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Number = Annotated[int, msgspec.Meta(ge=1)]


class TooManyFaults(Exception):
    """No more can be armed."""

    def __init__(self) -> None:
        super().__init__(f"At most {FAULTS_MAX} faults can be armed at a time; clear some first")


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
    )

    def __init__(self, name: str, match: Match, fault: Fault, account_id: int | None) -> None:
        self.id = name
        self.match = match
        self.fault = fault
        self.account_id = account_id
        self.hits = 0
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

    def is_about(self, asked: Asked, account_id: int | None, now_ms: int) -> bool:
        """Whether all that is known of a request fits; counts it if so."""
        match = self.match
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
        return self._is_time(now_ms) and self._is_turn()

    def is_told(self, pushed: Pushed, now_ms: int) -> bool:
        """The same of a push. A socket that is told nothing is no push that could be counted."""
        match = self.match
        if not self.fault.about & pushed.about or not self._is_time(now_ms):
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

    def _is_time(self, now_ms: int) -> bool:
        from_ms, until_ms = self.match.from_, self.match.until
        is_begun = not isinstance(from_ms, int) or now_ms >= from_ms
        return is_begun and not (isinstance(until_ms, int) and now_ms >= until_ms)

    def _is_turn(self) -> bool:
        self._seen += 1
        return self.match.nth is None or self.match.nth == self._seen


class Hit(NamedTuple):
    """What happens to one request, in the order in which its faults were armed; `names` are
    theirs."""

    before: list[Effect]
    after: list[Effect]
    names: list[str]


class Faults:
    """All that are armed; a start begins with none. `chance` follows from the run's seed: the same
    requests are hit again. `is_armed` is the one thing that a request looks at where nothing goes
    wrong, and `is_armed_for_sockets` the one that a push does."""

    def __init__(self, chance: Chance, dialects: Collection[str] = ()) -> None:
        self.dialects = dialects
        """Those that there are."""
        self.is_armed = False
        self.is_armed_for_sockets = False
        self.on_arm: list[Callable[[Armed], object]] = []
        """Called with each fault that is armed for sockets."""
        self._source = chance
        self._numbers = 0
        self._armed: dict[str, Armed] = {}

    @property
    def listed(self) -> Iterable[Armed]:
        """Every one, the first that was armed first."""
        return self._armed.values()

    def arm(self, match: Match, fault: Fault, account_id: int | None = None) -> Armed:
        """From now on. Raises TooManyFaults."""
        self.check_room(1)
        self._numbers += 1
        armed = Armed(str(self._numbers), match, fault, account_id)
        self._armed[armed.id] = armed
        self._look_again()
        if fault.about & SOCKETS:
            for look in self.on_arm:
                look(armed)
        return armed

    def check_room(self, number: int) -> None:
        """Whether so many more can be armed. Raises TooManyFaults."""
        if len(self._armed) + number > FAULTS_MAX:
            raise TooManyFaults

    def disarm(self, name: str) -> bool:
        """Whether there was one of that id."""
        found = self._armed.pop(name, None) is not None
        self._look_again()
        return found

    def clear(self) -> int:
        """How many there were."""
        number = len(self._armed)
        self._armed.clear()
        self._look_again()
        return number

    def hit(self, asked: Asked, account_id: int | None, now_ms: int) -> Hit:
        """What happens to this request."""
        hit = Hit([], [], [])
        for armed in self._armed.values():
            if armed.is_over or not armed.fault.about & About.REQUEST:
                continue
            if not armed.is_about(asked, account_id, now_ms) or self._misses(armed):
                continue
            hits = armed.count(asked.who)
            before = armed.fault.before(self._chance, hits)
            after = armed.fault.after(self._chance, hits)
            hit.before.extend(() if before is None else (before,))
            hit.after.extend(() if after is None else (after,))
            hit.names.append(name_of(armed.fault))
        self._look_again()
        return hit

    def hit_push(self, pushed: Pushed, now_ms: int) -> list[PushEffect]:
        """What happens to this push, or socket, in the order in which its faults were armed."""
        effects: list[PushEffect] = []
        for armed in self._armed.values():
            if armed.is_over or not armed.is_told(pushed, now_ms):
                continue
            if not armed.is_running and self._misses(armed):
                continue
            armed.strike(now_ms)
            effect = armed.fault.pushed(self._chance, armed.hits)
            effects.extend(() if effect is None else (effect,))
        self._look_again()
        return effects

    def _misses(self, armed: Armed) -> bool:
        probability = armed.match.probability
        return probability is not None and self._chance() >= probability

    def _chance(self) -> float:
        return int.from_bytes(self._source.draw(Purpose.FAULT, 6)) / 2**48

    def _look_again(self) -> None:
        about = About(0)
        for armed in self._armed.values():
            if not armed.is_over:
                about |= armed.fault.about
        self.is_armed = bool(about & About.REQUEST)
        self.is_armed_for_sockets = bool(about & SOCKETS)
