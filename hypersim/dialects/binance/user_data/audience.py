"""Who hears of an account, and on whose authority."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import msgspec

from hypersim.account.user import ApiKey
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data.events import AccountEvent
from hypersim.dialects.binance.user_data.telling import Telling

Writer = Callable[[Telling], AccountEvent]
"""Makes one event, as one reader wants it."""

_encode = msgspec.json.Encoder().encode


class News:
    """One event, written once per time unit for all who hear it."""

    __slots__ = ("_now_ms", "_texts", "_write")

    def __init__(self, write: Writer, now_ms: int) -> None:
        self._write = write
        self._now_ms = now_ms
        self._texts: dict[TimeUnit, str] = {}

    def text(self, unit: TimeUnit) -> str:
        """Its JSON."""
        text = self._texts.get(unit)
        if text is None:
            event = self._write(Telling(self._now_ms, unit))
            text = self._texts[unit] = _encode(event).decode()
        return text


class Ear(Protocol):
    """One subscription to an account's events. It rests on API keys: when one of them is revoked
    or reset away, it ends."""

    account_id: int

    @property
    def keys(self) -> Collection[ApiKey]:
        """The API keys that it rests on, as they were when it began."""
        ...

    def hear(self, news: News) -> None:
        """Pass an event on to the client; never waits."""
        ...

    def end(self) -> None:
        """Say that nothing more comes, and be forgotten."""
        ...

    def drop(self) -> None:
        """Hang up: events were missed."""
        ...


class Audience:
    """The ears of each account."""

    def __init__(self, known_keys: Mapping[str, ApiKey]) -> None:
        self._known_keys = known_keys
        self._ears: dict[int, dict[Ear, None]] = {}
        self.accounts: Collection[int] = self._ears.keys()
        """Those that somebody listens to, at any time."""

    def __contains__(self, account_id: int) -> bool:
        return account_id in self._ears

    def add(self, ear: Ear) -> None:
        """It hears what is committed from now on."""
        self._ears.setdefault(ear.account_id, {})[ear] = None

    def remove(self, ear: Ear) -> None:
        """It hears nothing more; nothing happens if it heard nothing."""
        ears = self._ears.get(ear.account_id)
        if ears is None or ear not in ears:
            return
        del ears[ear]
        if not ears:
            del self._ears[ear.account_id]

    def all(self) -> list[Ear]:
        """Every ear."""
        return [ear for ears in self._ears.values() for ear in ears]

    def of(self, account_id: int) -> list[Ear]:
        """The account's ears that may still hear of it; the others are ended."""
        ears = list(self._ears.get(account_id, ()))
        rightful = [ear for ear in ears if self.is_rightful(ear.keys)]
        if len(rightful) < len(ears):
            for ear in ears:
                if ear not in rightful:
                    ear.end()
        return rightful

    def keys_of(self, account_id: int) -> list[ApiKey]:
        """The API keys of an account that are in use."""
        return [
            key
            for key in self._known_keys.values()
            if key.account_id == account_id and key.revoked_ms is None
        ]

    def is_rightful(self, keys: Collection[ApiKey]) -> bool:
        """Whether these API keys are all still in use. A reset takes keys away without a word, and
        gives account ids and names out again, so the very same value must still be there."""
        return all(self._known_keys.get(key.key) is key for key in keys)
