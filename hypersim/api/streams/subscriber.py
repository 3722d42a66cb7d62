"""A client that follows topics of the market and, by an API key, one account."""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Generic, TypeVar

from hypersim.account.user import ApiKey
from hypersim.api.sockets.socket import SUBSCRIPTIONS_MAX, Socket, may_hear
from hypersim.api.streams.accounts import AccountReader, Accounts
from hypersim.api.streams.publisher import Publisher, Reader

T = TypeVar("T", bound=Hashable)
K = TypeVar("K", bound=Hashable)
E = TypeVar("E")
P = TypeVar("P")


class TooManySubscriptions(Exception):
    """Nothing more is followed than before."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A socket has at most {most} subscriptions")


class Subscriber(Reader[K], AccountReader[P], Generic[T, E, K, P]):
    """A dialect says what it hears and is told. `key` is None until it logged in; `private` are the
    topics of its account that it wants to hear of, where a dialect has several."""

    subscriptions_max: int | None = None
    """What a venue allows, where that is less than is possible."""

    def __init__(
        self, socket: Socket, kind: K, publisher: Publisher[T, E, K], accounts: Accounts[P]
    ) -> None:
        super().__init__(socket, kind)
        self.account_id = 0
        self.key: ApiKey | None = None
        self.private: set[T] = set()
        self.publisher = publisher
        self._accounts = accounts

    @property
    def keys(self) -> Collection[ApiKey]:
        """See `AccountReader`."""
        return () if self.key is None else (self.key,)

    @property
    def is_logged_in(self) -> bool:
        """Whether its key is still in use."""
        return self.key is not None and self._accounts.is_rightful(self.keys)

    def log_in(self, key: ApiKey) -> None:
        """Whatever another key let it hear is over."""
        if self.key is not None and self.key.key != key.key:
            self.log_out()
        self.key = key

    def log_out(self) -> None:
        """Hear of no account any more."""
        self._accounts.remove(self)
        self.key = None
        self.private.clear()

    def follow_account(self, *topics: T) -> None:
        """Hear of what is committed for its key's account from now on. Raises
        `TooManySubscriptions`."""
        assert self.key is not None
        self._check_number(topics)
        self.private.update(topics)
        self.account_id = self.key.account_id
        self._accounts.add(self)

    async def follow(self, topics: Iterable[T], confirm: Callable[[], object]) -> None:
        """Hear of them from now on, once the client has been told so. Raises
        `TooManySubscriptions`."""
        topics = list(topics)
        self._check_number(topics)
        # Whatever takes time comes first: from the confirmation on, nothing may be missed.
        opened = await self.publisher.open(topics)
        confirm()
        for topic in topics:
            self.publisher.join(self, topic, opened)

    def _check_number(self, more: Iterable[T]) -> None:
        heard = self.private.union(self.publisher.audience.topics_of(self), more)
        if not may_hear(len(heard), self.subscriptions_max):
            raise TooManySubscriptions(self.subscriptions_max or SUBSCRIPTIONS_MAX)

    def cut_off(self) -> None:
        """See `AccountReader`."""
        self.socket.cut_off()

    def end(self) -> None:
        """See `Session`."""
        self.publisher.leave_all(self)
        self._accounts.remove(self)
