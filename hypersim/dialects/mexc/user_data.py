"""Listen keys: names under which an account's channels can be heard without signing anything
(spot_v3_en, "Websocket User Data Streams"). An account may have several at a time.

They live in memory, but their names speak for themselves: one that was given before a restart is
taken for valid in the hour after it, as clients that connect again use the one they have.
"""

from collections.abc import Iterable
from typing import Protocol

from hypersim.account.user import ApiKey
from hypersim.api.accounts.listen_names import new_name, owner_of
from hypersim.api.expiries import Expiries
from hypersim.api.services import Services
from hypersim.dialects.mexc import errors
from hypersim.service.armed import Armed

LIFETIME_MS = 60 * 60 * 1000
PER_ACCOUNT_MAX = 60


class Listener(Protocol):
    """A client's connection that was opened with a listen key."""

    def expire(self, *, is_due: bool) -> None:
        """Nothing more comes under it; `is_due`: its time is over, or the client said so."""
        ...


class ListenKey:
    """One listen key with those who hear under it."""

    def __init__(self, name: str, key: ApiKey) -> None:
        self.name = name
        self.key = key
        self.is_of_earlier_run = False
        self.listeners: dict[Listener, None] = {}


class ListenKeys:
    """All listen keys."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._expiries: Expiries[ListenKey] = Expiries(
            services.engine.clock, LIFETIME_MS, lambda one: self._end(one, is_due=True)
        )
        self._began_ms = services.engine.clock.now_ms()
        self._keys: dict[str, ListenKey] = {}
        self._ended: set[str] = set()
        """Those of earlier runs that ended in this one."""
        services.faults.on_lapse.append(self._lapse)

    def start(self, key: ApiKey) -> str:
        """A new one, good for an hour. Raises 33333 when the account has enough."""
        if len(self.names_of(key)) >= PER_ACCOUNT_MAX:
            raise errors.wrong(f"an account has at most {PER_ACCOUNT_MAX} listen keys")
        engine = self._engine
        name = new_name(key, engine.clock.now_ms(), engine.view.generation)
        self._enter(name, key)
        return name

    def names_of(self, key: ApiKey) -> list[str]:
        """Those of the account that are valid."""
        owned = [one for one in self._keys.values() if one.key.account_id == key.account_id]
        return [one.name for one in owned if self._usable(one.name) is one]

    def keep(self, name: str, key: ApiKey) -> None:
        """Another hour. Raises 33333 when there is no such listen key of the account."""
        self._expiries.renew(self._own(name, key))

    def stop(self, name: str, key: ApiKey) -> None:
        """End it now. Raises as `keep` does."""
        self._end(self._own(name, key), is_due=True)

    def join(self, name: str, listener: Listener) -> ApiKey | None:
        """Whose it is: the listener is told when it ends. None where there is no such key."""
        found = self._usable(name)
        if found is None:
            return None
        found.listeners[listener] = None
        return found.key

    def leave(self, name: str, listener: Listener) -> None:
        """It is gone; nothing happens if it was not there."""
        if name in self._keys:
            self._keys[name].listeners.pop(listener, None)

    def _lapse(self, armed: Armed) -> int:
        """End those that a fault is about; returns how many."""
        key, account_id = armed.match.key, armed.account_id
        ended = [
            one
            for one in self._keys.values()
            if account_id in (None, one.key.account_id) and key in (None, one.key.key)
        ]
        for one in ended:
            self._end(one, is_due=False)
        return len(ended)

    def _end(self, ended: ListenKey, *, is_due: bool) -> None:
        """Forget it, and have those who hear under it told."""
        if self._keys.pop(ended.name, None) is None:
            return
        self._expiries.forget(ended)
        if ended.is_of_earlier_run:
            self._ended.add(ended.name)
        for listener in list(ended.listeners):
            listener.expire(is_due=is_due)
        ended.listeners.clear()

    def _enter(self, name: str, key: ApiKey) -> ListenKey:
        found = self._keys[name] = ListenKey(name, key)
        self._expiries.renew(found)
        return found

    def _usable(self, name: str) -> ListenKey | None:
        found = self._keys.get(name) or self._of_earlier_run(name)
        if found is None:
            return None
        # A reset gives names and accounts out again: the very same key must be there.
        if self._engine.view.keys.get(found.key.key) is found.key:
            return found
        self._end(found, is_due=False)
        return None

    def _of_earlier_run(self, name: str) -> ListenKey | None:
        now_ms = self._engine.clock.now_ms()
        if name in self._ended or now_ms >= self._began_ms + LIFETIME_MS:
            return None
        owner = owner_of(name, self._keys_of, self._engine.view.generation)
        # A name of this run that is not at hand has ended.
        if owner is None or owner[1] >= self._began_ms:
            return None
        found = self._enter(name, owner[0])
        found.is_of_earlier_run = True
        return found

    def _keys_of(self, account_id: int) -> Iterable[ApiKey]:
        return (
            key
            for key in self._engine.view.keys.values()
            if key.account_id == account_id and key.revoked_ms is None
        )

    def _own(self, name: str, key: ApiKey) -> ListenKey:
        found = self._usable(name)
        if found is None or found.key.account_id != key.account_id:
            raise errors.no_such_listen_key()
        return found
