"""Listen keys: names under which an account's events can be heard without signing anything.

An account has at most one at a time. They live in memory, but their names speak for themselves:
one that was given before a restart is taken for valid in the hour after it, beside a newer one. One
that was given before a reset is valid no more.
"""

from collections.abc import Callable, Collection
from typing import Protocol

from hypersim.account.user import ApiKey
from hypersim.api.accounts.listen_names import new_name, owner_of
from hypersim.api.expiries import Expiries
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.accounts import AccountReader, Accounts, Say
from hypersim.api.streams.push import Push
from hypersim.dialects.binance.errors.general import bad_listen_key
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data.events import ListenKeyExpired
from hypersim.dialects.binance.user_data.formats import push_of
from hypersim.service.armed import Armed
from hypersim.service.clock import Clock

LIFETIME_MS = 60 * 60 * 1000


class Listener(Protocol):
    """A client's connection, which may hear under several listen keys."""

    def tell(self, name: str, push: Push[TimeUnit], say: Say) -> None:
        """Pass on an event under that listen key."""
        ...

    def cut_off(self) -> None:
        """Hang up: events were missed."""
        ...


class ListenKey(AccountReader[Push[TimeUnit]]):
    """One listen key with those who hear under it."""

    def __init__(self, name: str, account_id: int, end: Callable[["ListenKey"], object]) -> None:
        self.name = name
        self.account_id = account_id
        self.is_of_earlier_run = False
        self.holders: dict[str, ApiKey] = {}
        self.listeners: dict[Listener, None] = {}
        self._end = end

    @property
    def keys(self) -> Collection[ApiKey]:
        """See `AccountReader`: every API key that was given this name."""
        return self.holders.values()

    def tell(self, push: Push[TimeUnit], say: Say = Socket.push) -> None:
        """See `AccountReader`."""
        for listener in list(self.listeners):
            listener.tell(self.name, push, say)

    def lapse(self) -> None:
        """See `AccountReader`."""
        self._end(self)

    def cut_off(self) -> None:
        """See `AccountReader`. The name stays valid."""
        for listener in list(self.listeners):
            listener.cut_off()
        self.listeners.clear()


class ListenKeys:
    """All listen keys."""

    def __init__(
        self,
        accounts: Accounts[Push[TimeUnit]],
        clock: Clock,
        generation: Callable[[], int],
    ) -> None:
        self.expiries: Expiries[ListenKey] = Expiries(clock, LIFETIME_MS, self._run_out)
        """Must run beside them."""
        self._accounts = accounts
        self._clock = clock
        self._generation = generation
        self._keys: dict[str, ListenKey] = {}
        self._names: dict[int, str] = {}
        self._began_ms = clock.now_ms()
        # Those of earlier runs that ended in this one.
        self._ended: set[str] = set()

    def start(self, api_key: ApiKey) -> str:
        """The account's listen key, good for another hour."""
        name = self._names.get(api_key.account_id)
        found = None if name is None else self._usable(name)
        if found is None:
            made = new_name(api_key, self._clock.now_ms(), self._generation())
            found = self._enter(made, api_key)
            self._names[api_key.account_id] = found.name
        found.holders[api_key.key] = api_key
        self.expiries.renew(found)
        return found.name

    def keep(self, name: str, api_key: ApiKey) -> None:
        """Another hour. Raises -1125."""
        self.expiries.renew(self._own(name, api_key))

    def stop(self, name: str, api_key: ApiKey) -> None:
        """End it now. Raises -1125."""
        self._end(self._own(name, api_key))

    def lapse(self, armed: Armed) -> int:
        """End those that a fault is about; returns how many."""
        key, account_id = armed.match.key, armed.account_id
        ended = [
            one
            for one in self._keys.values()
            if account_id in (None, one.account_id) and (key is None or key in one.holders)
        ]
        for one in ended:
            self.end(one)
        return len(ended)

    def join(self, name: str, listener: Listener) -> bool:
        """Whether there is such a key; the listener then hears what is committed from now on."""
        found = self._usable(name)
        if found is None:
            return False
        found.listeners[listener] = None
        self._accounts.add(found)
        return True

    def leave(self, name: str, listener: Listener) -> None:
        """It hears nothing more; nothing happens if it heard nothing."""
        found = self._keys.get(name)
        if found is None:
            return
        found.listeners.pop(listener, None)
        if not found.listeners:
            self._accounts.remove(found)

    def holders_of(self, name: str) -> Collection[ApiKey]:
        """The API keys that were given this name."""
        found = self._keys.get(name)
        return () if found is None else found.keys

    def end(self, listen_key: ListenKey) -> None:
        """The venue ends it."""
        if listen_key.listeners:
            self._accounts.note_lapse(listen_key, is_due=False)
        self._end(listen_key)

    def _run_out(self, listen_key: ListenKey) -> None:
        """Its time is over."""
        if listen_key.listeners:
            self._accounts.note_lapse(listen_key, is_due=True)
        self._end(listen_key)

    def _end(self, listen_key: ListenKey) -> None:
        """Tell those who hear under it, and forget it."""
        if self._keys.pop(listen_key.name, None) is None:
            return
        self.expiries.forget(listen_key)
        if listen_key.is_of_earlier_run:
            self._ended.add(listen_key.name)
        if self._names.get(listen_key.account_id) == listen_key.name:
            del self._names[listen_key.account_id]
        self._accounts.remove(listen_key)
        listen_key.tell(
            push_of(
                lambda stamp: ListenKeyExpired(time=stamp.now, listen_key=listen_key.name),
                self._clock.now_ms(),
            )
        )
        listen_key.listeners.clear()

    def _enter(self, name: str, api_key: ApiKey) -> ListenKey:
        found = self._keys[name] = ListenKey(name, api_key.account_id, self._end)
        found.holders[api_key.key] = api_key
        return found

    def _usable(self, name: str) -> ListenKey | None:
        found = self._keys.get(name) or self._of_earlier_run(name)
        if found is None:
            return None
        if not self.expiries.is_over(found) and self._accounts.is_rightful(found.keys):
            return found
        self.end(found)
        return None

    def _of_earlier_run(self, name: str) -> ListenKey | None:
        """Nobody knows when it was last kept alive: clients get an hour to do it again."""
        if name in self._ended or self._clock.now_ms() >= self._began_ms + LIFETIME_MS:
            return None
        owner = owner_of(name, self._accounts.keys_of, self._generation())
        # A name of this run that is not at hand has ended.
        if owner is None or owner[1] >= self._began_ms:
            return None
        found = self._enter(name, owner[0])
        found.is_of_earlier_run = True
        self._names.setdefault(found.account_id, name)
        self.expiries.renew(found)
        return found

    def _own(self, name: str, api_key: ApiKey) -> ListenKey:
        found = self._usable(name)
        if found is None or found.account_id != api_key.account_id:
            raise bad_listen_key()
        return found
