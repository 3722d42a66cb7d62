"""Tells accounts what happened to them, as it is committed: one follower for all clients of a
dialect."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Generic, TypeVar

from hypersim.account.user import ApiKey
from hypersim.api.services import Services
from hypersim.api.sockets.socket import OUTBOX_FRAMES_MAX, Socket
from hypersim.api.streams.disturbing import Passing, PushFaults
from hypersim.faults import About
from hypersim.service.armed import Pushed
from hypersim.service.contents import Data, Named
from hypersim.service.transaction import Transaction, account_of, numbers_of
from hypersim.service.watch.facts import Follows, Lapsed
from hypersim.service.watch.watch import Watch
from hypersim.trading.events import Event, InstrumentChanged, KeyChanged, OrdersClosed, orders_in

P = TypeVar("P")

_OF_ACCOUNTS = (Data.ORDERS, Data.FILLS, Data.BALANCES)

Say = Callable[[Socket, bytes], object]
"""How a frame gets to a socket."""


class AccountReader(ABC, Generic[P]):
    """Somebody who hears of an account, on the authority of API keys: it lapses when one of them is
    revoked or reset away."""

    account_id: int
    """Whose news."""

    @property
    @abstractmethod
    def keys(self) -> Collection[ApiKey]:
        """The API keys that it rests on, as they were when it began."""

    @abstractmethod
    def tell(self, push: P, say: Say = Socket.push) -> None:
        """Pass news on to the client, each frame to its socket; never waits."""

    def frames_of(self, event: Event) -> int:
        """How many frames it is told of an event of the account, at most."""
        return numbers_of(event)

    @abstractmethod
    def lapse(self) -> None:
        """Say that nothing more comes."""

    @abstractmethod
    def cut_off(self) -> None:
        """Hang up: it cannot be told everything."""


class AccountWords(ABC, Generic[P]):
    """What a dialect says to accounts."""

    @abstractmethod
    def tell(self, transaction: Transaction, account_id: int) -> Iterable[P]:
        """What it tells the account, in order. The read side stands where the last transaction of
        the generation at hand left it; each push is passed on before the next is asked for."""

    @abstractmethod
    def symbol_of(self, push: P) -> str | None:
        """Whose market a push is about, if it is about one."""

    @abstractmethod
    def event_of(self, push: P) -> Event | None:
        """What happened to the order that it is about, if it is about one."""

    def instruments_changed(self) -> None:
        """Instruments may have changed."""

    def forget(self, account_id: int) -> None:
        """Nobody listens to the account any more."""


class Accounts(Generic[P]):
    """Who listens to which account."""

    def __init__(self, services: Services, words: AccountWords[P], name: str) -> None:
        self.name = name
        self._watch = watch = services.watch
        faults, clock = services.faults, services.engine.clock
        self._faults = PushFaults(faults, clock, is_watched=watch is not None)
        self._keys = services.engine.view.keys
        self._words = words
        self._readers: dict[int, dict[AccountReader[P], None]] = {}

    def __contains__(self, account_id: int) -> bool:
        return account_id in self._readers

    def add(self, reader: AccountReader[P]) -> None:
        """It hears what is committed from now on."""
        if not self._readers:
            self._words.instruments_changed()
        self._readers.setdefault(reader.account_id, {})[reader] = None
        self._note_following(reader, is_on=True)

    def remove(self, reader: AccountReader[P]) -> None:
        """It hears nothing more; nothing happens if it heard nothing."""
        readers = self._readers.get(reader.account_id, {})
        if reader not in readers:
            return
        del readers[reader]
        self._note_following(reader, is_on=False)
        if not readers:
            del self._readers[reader.account_id]
            self._words.forget(reader.account_id)

    def readers(self) -> list[AccountReader[P]]:
        """All of them."""
        return [reader for readers in self._readers.values() for reader in readers]

    def is_rightful(self, keys: Iterable[ApiKey]) -> bool:
        """Whether these API keys are all still in use. A reset takes keys away without a word, and
        gives account ids and names out again, so the very same value must still be there."""
        return all(self._keys.get(key.key) is key for key in keys)

    def keys_of(self, account_id: int) -> list[ApiKey]:
        """The API keys of an account that are in use."""
        return [
            key
            for key in self._keys.values()
            if key.account_id == account_id and key.revoked_ms is None
        ]

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        if not self._readers:
            return
        events = [event for one in transactions for event in one.events]
        kinds = set(map(type, events))
        if InstrumentChanged in kinds:
            self._words.instruments_changed()
        if KeyChanged in kinds:
            self.begin_again()
        # Any other event is told by few frames.
        may_flood = OrdersClosed in kinds or len(events) > OUTBOX_FRAMES_MAX
        if may_flood and sum(map(numbers_of, events)) > OUTBOX_FRAMES_MAX:
            self._cut_off_flooded(events)
        for transaction in transactions:
            for account_id in self._concerned(transaction):
                self._tell(transaction, account_id)

    def begin_again(self) -> None:
        """See `Follower`. Whoever has no right to hear more is told that it is over."""
        for reader in self.readers():
            if not self.is_rightful(reader.keys):
                self.remove(reader)
                reader.lapse()

    def miss(self) -> None:
        """See `Follower`."""
        self._cut_off(self.readers())

    def _tell(self, transaction: Transaction, account_id: int) -> None:
        readers = list(self._readers[account_id])
        for push in self._words.tell(transaction, account_id):
            for reader in readers:
                if self._faults.is_on:
                    self._tell_disturbed(reader, push)
                else:
                    reader.tell(push)

    def _tell_disturbed(self, reader: AccountReader[P], push: P) -> None:
        """The same with what goes wrong. What comes later comes only to who may still hear it."""
        readers, symbol = self._readers[reader.account_id], self._words.symbol_of(push)
        noticed = None if self._watch is None else partial(self._note, self._watch, reader, push)

        def say(socket: Socket, frame: bytes) -> None:
            pushed = Pushed(About.ACCOUNT, socket.dialect, reader.keys, symbol)
            is_wanted = partial(readers.__contains__, reader)
            self._faults.push(pushed, Passing(socket, frame, None, is_wanted, noticed=noticed))

        reader.tell(push, say)

    def _note(self, watch: Watch, reader: AccountReader[P], push: P, is_told: bool) -> None:
        event = self._words.event_of(push)
        if is_told and event is not None:
            named = [Named(order.id, order.filled) for order in orders_in(event)]
            watch.told((key.key for key in reader.keys), named)

    def _note_following(self, reader: AccountReader[P], *, is_on: bool) -> None:
        if self._watch is not None:
            for data in _OF_ACCOUNTS:
                fact = Follows(reader, data, None, is_on, self._watch.now())
                self._watch.to((key.key for key in reader.keys), fact)

    def note_lapse(self, reader: AccountReader[P], *, is_due: bool) -> None:
        """What let it hear is over: its time, or before that."""
        if self._watch is not None:
            fact = Lapsed(is_due, self._watch.now())
            self._watch.to((key.key for key in reader.keys), fact)

    def _concerned(self, transaction: Transaction) -> Iterable[int]:
        """Accounts that somebody listens to."""
        readers = self._readers
        owners: dict[int, None] = {}
        for event in transaction.events:
            owner = account_of(event)
            if owner in readers:
                owners[owner] = None
        for account_id, _ in transaction.balances_after:
            if account_id in readers:
                owners[account_id] = None
        return owners

    def _cut_off_flooded(self, events: Iterable[Event]) -> None:
        """Nobody's outbox takes a frame for each of so many events, so they need not be written."""
        told = dict.fromkeys(self.readers(), 0)
        for event in events:
            for reader in self._readers.get(account_of(event) or 0, ()):
                told[reader] += reader.frames_of(event)
        self._cut_off([reader for reader, frames in told.items() if frames > OUTBOX_FRAMES_MAX])

    def _cut_off(self, readers: Iterable[AccountReader[P]]) -> None:
        for reader in readers:
            self.remove(reader)
            reader.cut_off()
