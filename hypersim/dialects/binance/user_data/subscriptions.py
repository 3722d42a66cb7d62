"""Subscriptions of the WebSocket API: one connection may hear of several accounts."""

from collections.abc import Collection
from functools import partial

from hypersim.account.user import ApiKey
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.accounts import AccountReader, Accounts, Say
from hypersim.api.streams.push import Push
from hypersim.dialects.binance.errors.general import (
    no_subscription,
    subscribed_already,
    too_many_subscription_ids,
    too_many_subscriptions,
)
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data.events import StreamTerminated
from hypersim.dialects.binance.user_data.formats import push_of
from hypersim.service.clock import Clock

ACTIVE_MAX = 1_000
IDS_MAX = 65_535
"""Over a connection's life."""


class AccountSubscription(AccountReader[Push[TimeUnit]]):
    """One account that a connection hears of."""

    def __init__(self, subscriptions: "Subscriptions", number: int, key: ApiKey) -> None:
        self.account_id = key.account_id
        self.number = number
        self._subscriptions = subscriptions
        self._key = key

    @property
    def keys(self) -> Collection[ApiKey]:
        """See `AccountReader`."""
        return (self._key,)

    def tell(self, push: Push[TimeUnit], say: Say = Socket.push) -> None:
        """See `AccountReader`."""
        socket, unit = self._subscriptions.socket, self._subscriptions.unit
        say(socket, b'{"subscriptionId":%d,"event":%b}' % (self.number, push.frame(unit)))

    def lapse(self) -> None:
        """See `AccountReader`."""
        self._subscriptions.end(self)

    def cut_off(self) -> None:
        """See `AccountReader`."""
        self._subscriptions.socket.cut_off()


class Subscriptions:
    """Those of one connection."""

    def __init__(
        self,
        socket: Socket,
        unit: TimeUnit,
        accounts: Accounts[Push[TimeUnit]],
        clock: Clock,
    ) -> None:
        self.socket = socket
        self.unit = unit
        self._accounts = accounts
        self._clock = clock
        self._active: dict[int, AccountSubscription] = {}
        self._next_number = 0
        self._of_logon: AccountSubscription | None = None

    @property
    def keys(self) -> list[ApiKey]:
        """Of those that are active."""
        return [key for active in self._active.values() for key in active.keys]

    @property
    def numbers(self) -> list[int]:
        """Of those that are active."""
        return list(self._active)

    def start(self, key: ApiKey, *, is_of_logon: bool) -> int:
        """The number of a new subscription to the key's account. One that is `of_logon` ends with
        the logon. Raises -2035, -1191 or -2042."""
        if any(active.account_id == key.account_id for active in self._active.values()):
            raise subscribed_already()
        if len(self._active) >= ACTIVE_MAX:
            raise too_many_subscriptions(ACTIVE_MAX)
        if self._next_number >= IDS_MAX:
            raise too_many_subscription_ids()
        number = self._next_number
        self._next_number += 1
        started = AccountSubscription(self, number, key)
        self._active[number] = started
        if is_of_logon:
            self._of_logon = started
        self._accounts.add(started)
        return number

    def stop(self, number: int | None) -> None:
        """End one, or all. Raises -2036 when there is none of that number."""
        if number is not None and number not in self._active:
            raise no_subscription()
        for active in list(self._active.values()):
            if number in (None, active.number):
                self.end(active)

    def end(self, ended: AccountSubscription) -> None:
        """Hear no more of the account; the client is told, after the answer to what it may just
        have asked."""
        if self._active.pop(ended.number, None) is None:
            return
        self._accounts.remove(ended)
        if self._of_logon is ended:
            self._of_logon = None
        push = push_of(lambda stamp: StreamTerminated(time=stamp.now), self._clock.now_ms())
        self.socket.later(partial(ended.tell, push))

    def log_out(self) -> None:
        """End the one of the logon."""
        if self._of_logon is not None:
            self.end(self._of_logon)

    def forget(self) -> None:
        """The client is gone."""
        for active in self._active.values():
            self._accounts.remove(active)
        self._active.clear()
