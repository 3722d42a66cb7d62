"""The faults that are armed: whom each hits, and when."""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from hypersim.faults import (
    COMMANDS,
    SOCKETS,
    About,
    Decision,
    Effect,
    Fault,
    Later,
    PushEffect,
    name_of,
)
from hypersim.service.armed import Armed, Asked, Match, Pushed
from hypersim.service.chance import Chance, Purpose

FAULTS_MAX = 1_000
"""Armed at a time."""


class TooManyFaults(Exception):
    """No more can be armed."""

    def __init__(self) -> None:
        super().__init__(f"At most {FAULTS_MAX} faults can be armed at a time; clear some first")


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
        self.on_lapse: list[Callable[[Armed], int]] = []
        """Called with each fault that ends listen keys; says how many it ended."""
        self._source = chance
        self._numbers = 0
        self._late: dict[int, int] = {}
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
            if armed.is_over or not armed.is_about(About.REQUEST, asked, account_id, now_ms):
                continue
            if self._misses(armed):
                continue
            hits = armed.count(asked.who)
            before = armed.fault.before(self._chance, hits)
            after = armed.fault.after(self._chance, hits)
            hit.before.extend(() if before is None else (before,))
            hit.after.extend(() if after is None else (after,))
            hit.names.append(name_of(armed.fault))
        self._look_again()
        return hit

    def hit_command(
        self, about: About, asked: Asked, account_id: int, now_ms: int
    ) -> list[tuple[Armed, Decision]]:
        """What the exchange makes of a command that a request gives."""
        decided: list[tuple[Armed, Decision]] = []
        for armed in self._armed.values():
            if armed.is_over or not armed.is_about(about, asked, account_id, now_ms):
                continue
            if self._misses(armed):
                continue
            decision = armed.fault.decided(self._chance, armed.count(asked.who))
            decided.extend(() if decision is None else ((armed, decision),))
        self._look_again()
        return decided

    def suspends_withdrawals(self, dialect: str, account_id: int, key: str, now_ms: int) -> bool:
        """Whether an account would be refused one."""
        return any(
            armed.fault.about is About.WITHDRAWAL
            and not armed.is_over
            and armed.is_time(now_ms)
            and armed.match.dialect in (None, dialect)
            and armed.match.key in (None, key)
            and armed.account_id in (None, account_id)
            for armed in self._armed.values()
        )

    def tell_late(self, account_id: int, until_ms: int) -> None:
        """What an account is told comes no earlier than then."""
        self._late[account_id] = max(until_ms, self._late.get(account_id, 0))
        self._look_again()

    def hit_push(self, pushed: Pushed, now_ms: int) -> list[PushEffect]:
        """What happens to this push, or socket, in the order in which its faults were armed."""
        effects = self._lateness(pushed, now_ms) if self._late else []
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

    def _lateness(self, pushed: Pushed, now_ms: int) -> list[PushEffect]:
        self._late = {one: until_ms for one, until_ms in self._late.items() if until_ms > now_ms}
        if pushed.about is not About.ACCOUNT:
            return []
        untils = [self._late.get(key.account_id, 0) for key in pushed.keys]
        return [Later(most - now_ms)] if (most := max(untils, default=0)) else []

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
        self.is_armed = bool(about & (About.REQUEST | COMMANDS))
        self.is_armed_for_sockets = bool(about & SOCKETS or self._late)
