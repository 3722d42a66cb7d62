"""Faults as people ask for them: read, checked against the exchange, armed and cleared."""

from typing import Any

import msgspec

from hypersim.faults import SOCKETS, STANDING, About, Fault, UnknownFault, read
from hypersim.faults.presets import preset
from hypersim.market.number import TIME_MS_MAX
from hypersim.service.armed import Armed, Match
from hypersim.service.duration import duration_ms
from hypersim.service.engine import Engine
from hypersim.service.faults import Faults, TooManyFaults
from hypersim.service.moment import moment_in_ms
from hypersim.service.standing import StandingFaults
from hypersim.service.transaction import Source
from hypersim.trading.commands import ReleaseStalled
from hypersim.trading.rejections import Rejection

_ID_DIGITS_MAX = 18


class Wanted(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which requests are hit, all of them where nothing is said, and the one thing that happens to
    them, by name (docs/faults.md); or the name of a preset, each fault of which then hits only what
    is matched here too."""

    do: dict[str, Any] | None = None
    preset: str | None = None
    match: Match = Match()


class CannotArm(ValueError):
    """No such fault, or none that could ever hit; the message says what would be one."""


_Preset = msgspec.json.Decoder(list[Wanted])


class Arming:
    """Arms the faults of the running exchange."""

    def __init__(self, faults: Faults, engine: Engine) -> None:
        self.faults = faults
        self._view = engine.view
        self._clock = engine.clock
        self._engine = engine
        self._standing = StandingFaults(engine, faults)

    async def arm(self, wanted: Wanted, since_ms: int | None = None) -> list[Armed]:
        """From now on: all of them, or none. Times such as +2m count from `since_ms` where it is
        given. Raises CannotArm."""
        if since_ms is None:
            since_ms = self._clock.now_ms()
        if (wanted.do is None) == (wanted.preset is None):
            raise CannotArm("give do, or preset, and not both")
        parts = [wanted]
        try:
            if wanted.preset is not None:
                parts = [_narrowed(part, wanted.match) for part in preset_of(wanted.preset)]
            ready = [(self._checked(part.match, since_ms), read(part.do or {})) for part in parts]
            if wanted.preset is None:
                _check_fields(*ready[0])
            # Of what is armed together, some cannot hit what is matched.
            ready = [one for one in ready if not _foreign_fields(*one)]
            for match, fault in ready:
                fault.check(Rejection.__members__)
                self._standing.check(fault, match, self._account_of(match))
            self.faults.check_room(len(ready))
        except (UnknownFault, TooManyFaults, ValueError) as error:
            raise CannotArm(str(error)) from None
        armed = [self.faults.arm(match, fault, self._account_of(match)) for match, fault in ready]
        for one in armed:
            await self._standing.arm(one)
        return armed

    async def disarm(self, name: str) -> bool:
        """Whether there was one of that id."""
        found = [armed for armed in self.faults.listed if armed.id == name]
        self.faults.disarm(name)
        for armed in found:
            await self._undo(armed)
        return bool(found)

    async def clear(self) -> int:
        """How many there were."""
        cleared = list(self.faults.listed)
        self.faults.clear()
        for armed in cleared:
            await self._undo(armed)
        return len(cleared)

    async def _undo(self, armed: Armed) -> None:
        """What it made so is so no more: what was there before, and orders that stalled go on."""
        await self._standing.end(armed)
        if armed.stalled:
            await self._engine.submit(ReleaseStalled(tuple(armed.stalled)), Source.ADMIN)

    def _checked(self, match: Match, since_ms: int) -> Match:
        """The match with the symbol as the exchange spells it and times in ms."""
        dialects = self.faults.dialects
        if match.dialect is not None and match.dialect not in dialects:
            known = ", ".join(dialects)
            raise CannotArm(f"match.dialect must be one of {known}, not {match.dialect[:40]!r}")
        symbol = None if match.symbol is None else self._view.symbol(match.symbol)
        if match.symbol is not None and symbol is None:
            raise CannotArm(
                f"match.symbol: unknown symbol {match.symbol[:40]!r}; GET /admin/instruments lists "
                "the known ones"
            )
        self._account_of(match)
        return msgspec.structs.replace(
            match,
            symbol=symbol,
            from_=_moment(match.from_, "from", since_ms),
            until=_moment(match.until, "until", since_ms),
        )

    def _account_of(self, match: Match) -> int | None:
        if match.user is None:
            return None
        text = match.user
        account_id = self._view.account_ids.get(text.lower())
        if account_id is None and text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX:
            account_id = int(text)
        if account_id not in self._view.users:
            raise CannotArm(f"match.user must be an email or id; there is no {text[:80]!r}")
        return account_id


def _moment(time: int | str | None, name: str, since_ms: int) -> int | None:
    if time is None:
        return None
    text = str(time)
    if text.startswith("+"):
        try:
            after_ms = duration_ms(f"match.{name}", text[1:])
        except ValueError as error:
            raise CannotArm(f"{error}, after its +") from None
        return min(since_ms + after_ms, TIME_MS_MAX)
    time_ms = moment_in_ms(text)
    if time_ms is None:
        raise CannotArm(
            f"match.{name} must be a time in ms, one such as 2022-01-31T12:00:00Z, or +2m for "
            f"two minutes from now, not {text[:40]!r}"
        )
    return time_ms


_OF_REQUESTS = ("user", "key", "dialect", "endpoint", "method", "clientOrderId", "symbol")
_OF_PUSHES = ("user", "key", "dialect", "symbol")
_OF_HANDSHAKES = ("dialect",)
_OF_STANDING = {
    About.FEES: ("user", "symbol"),
    About.SYMBOL: ("symbol",),
    About.LISTEN_KEYS: ("user", "key"),
}
"""What says which are hit, besides when; and, of what is hit more than once, how often."""

_HOW_OFTEN = ("probability", "nth", "times")


def _fields_of(fault: Fault) -> tuple[str, ...]:
    if fault.about & STANDING:
        return _OF_STANDING[fault.about]
    if fault.about is About.HANDSHAKE:
        return _OF_HANDSHAKES
    return _OF_PUSHES if fault.about & SOCKETS else _OF_REQUESTS


def _foreign_fields(match: Match, fault: Fault) -> list[str]:
    """Those that are given, but that what the fault hits does not have."""
    given, known = msgspec.to_builtins(match), _fields_of(fault)
    asked = (*_OF_REQUESTS, *_HOW_OFTEN) if fault.about & STANDING else _OF_REQUESTS
    return [name for name in asked if name in given and name not in known]


def _check_fields(match: Match, fault: Fault) -> None:
    for name in _foreign_fields(match, fault):
        known = ", ".join(_fields_of(fault))
        raise CannotArm(f"match.{name} does not go with this fault, which is matched by {known}")


def preset_of(name: str) -> list[Wanted]:
    """What is armed together under this name. Raises UnknownFault."""
    return _Preset.decode(preset(name))


def _narrowed(part: Wanted, match: Match) -> Wanted:
    """The part where this fits too; what is said here counts more."""
    fields = {name: getattr(match, name) for name in match.__struct_fields__}
    said = {name: value for name, value in fields.items() if value is not None}
    return msgspec.structs.replace(part, match=msgspec.structs.replace(part.match, **said))
