"""The watch: takes in what happens between clients and the exchange, and has each client's rules
judge it."""

from collections.abc import Iterable, Sequence
from typing import Any

from hypersim.service.armed import Asked as AskedFor
from hypersim.service.clock import Clock
from hypersim.service.contents import Data, Named, Sent
from hypersim.service.transaction import Caller, Transaction
from hypersim.service.view import View
from hypersim.service.watch.client import Watched
from hypersim.service.watch.facts import (
    Accepted,
    Asked,
    BeganAgain,
    Committed,
    Ended,
    Fact,
    Refused,
    Skewed,
    Told,
)
from hypersim.service.watch.parameters import hidden, parameters_of
from hypersim.service.watch.requests import Moment, Request, RequestLog, moment
from hypersim.trading.events import OrderAccepted, OrderFilled, orders_in
from hypersim.trading.rejections import Rejected

OTHER = "other"
"""Where a request goes to that nothing serves."""

CLIENTS_MAX = 1_000
"""Watched at a time; those that came first are forgotten first."""

ORDERS_MAX = 100_000
"""Whose key is remembered; the oldest are forgotten."""


class Watch:
    """All clients, and what they sent. Who names an API key that exists is that key; who names none
    is whoever uses the only key that was used from his address, if there is just one."""

    def __init__(self, view: View, clock: Clock) -> None:
        self.log = RequestLog()
        self._view = view
        self._clock = clock
        self._requests = 0
        self._by_key: dict[str, Watched] = {}
        self._by_address: dict[str, Watched] = {}
        self._keys_at: dict[str, dict[str, None]] = {}
        """By address: the keys that were used from there."""
        self._key_of: dict[int, str] = {}
        """By order that may still change: the key that placed it."""

    def now(self) -> Moment:
        """By both clocks."""
        return moment(self._clock)

    def clients(self) -> list[Watched]:
        """Those with a key first."""
        return [*self._by_key.values(), *self._by_address.values()]

    def clear(self) -> None:
        """Begin anew, as if nobody had been here."""
        self.log.clear()
        for known in (self._by_key, self._by_address, self._keys_at, self._key_of):
            known.clear()

    # Requests

    def asked(self, asked: AskedFor, sent: Sent, address: str) -> Request:
        """A request came."""
        self._requests += 1
        key = self._view.keys.get(asked.key)
        request = Request(
            id=self._requests,
            key=None if key is None else key.key,
            address=address,
            dialect=asked.dialect,
            asked=asked,
            sent=sent._replace(query=b"", body=b""),
            parameters=parameters_of(sent.query, sent.body),
            begun=self.now(),
        )
        self.log.add(request)
        client = self._client(request.key, address)
        client.requests += 1
        client.hear(Asked(request))
        return request

    def shook_hands(self, dialect: str, sent: Sent, address: str) -> Request:
        """A socket was asked for. What looks like a listen key is not kept."""
        self._requests += 1
        parameters = [(name, hidden(text)) for name, text in parameters_of(sent.query, b"")]
        handshake = Request(
            id=self._requests,
            key=None,
            address=address,
            dialect=dialect,
            asked=AskedFor(dialect, "handshake", sent.method),
            sent=sent._replace(path=hidden(sent.path), query=b""),
            parameters=tuple(parameters),
            begun=self.now(),
        )
        self.log.add(handshake)
        self._client(None, address).requests += 1
        return handshake

    def turned_away(self, dialect: str, sent: Sent, address: str, status: int) -> None:
        """What was asked for is not served."""
        request = self.asked(AskedFor(dialect, OTHER, sent.method), sent, address)
        request.status = status
        self.ended(request, (), None)

    def outcome(self, request: Request, outcome: Transaction | Rejected) -> None:
        """What the exchange did for it."""
        client = self._client(request.key, request.address)
        if isinstance(outcome, Rejected):
            client.hear(Refused(request, outcome))
            return
        orders = [one.order for one in outcome.events if isinstance(one, OrderAccepted)]
        if orders:
            client.hear(Accepted(request, orders))

    def ended(self, request: Request, named: Iterable[Named], reads: Data | None) -> None:
        """It was answered, naming these orders, or will never be. What it was answered stands in
        it."""
        request.ended = self.now()
        # Nobody asks any more; and whoever knows keeps a whole connection.
        request.sent = request.sent._replace(is_gone=bool)
        client = self._client(request.key, request.address)
        if not request.is_withheld:
            for one in named:
                client.hear(Told(one))
        client.hear(Ended(request, reads))

    # What is not asked for

    def committed(self, transactions: Sequence[Transaction]) -> None:
        """This is what happened, and nobody has been told yet."""
        now = self.now()
        for transaction in transactions:
            if transaction.begins_again:
                self._begin_again()
            cause = transaction.cause
            key = cause.key if isinstance(cause, Caller) else None
            for event in transaction.events:
                self._order_event(event, key, now)

    def told(self, keys: Iterable[str], named: Iterable[Named]) -> None:
        """A push has told the holders of these keys of that."""
        named = list(named)
        for client in filter(None, map(self._by_key.get, keys)):
            for one in named:
                client.hear(Told(one))

    def skewed(self, key: str, behind_ms: int) -> None:
        """A request with this key was refused for its timestamp."""
        client = self._by_key.get(key)
        if client is not None:
            client.hear(Skewed(behind_ms))

    def at(self, address: str, fact: Fact) -> None:
        """Something happened to a client of which no more than its address is known."""
        self._client(None, address).hear(fact)

    def to(self, keys: Iterable[str], fact: Fact) -> None:
        """Something happened to those who hold these keys."""
        for key in keys:
            self._client(key, "").hear(fact)

    def _order_event(self, event: Any, key: str | None, now: Moment) -> None:
        is_new = isinstance(event, OrderAccepted)
        for order in orders_in(event):
            if is_new and key is not None:
                if len(self._key_of) >= ORDERS_MAX:
                    del self._key_of[next(iter(self._key_of))]
                self._key_of[order.id] = key
            owner = self._key_of.get(order.id)
            if owner is None:
                continue
            fill = event.fill if isinstance(event, OrderFilled) else None
            self._client(owner, "").hear(Committed(order, fill, is_new, now))
            if order.status.is_terminal:
                del self._key_of[order.id]

    def _begin_again(self) -> None:
        self._key_of.clear()
        for client in self.clients():
            client.hear(BeganAgain())

    # Who is who

    def _client(self, key: str | None, address: str) -> Watched:
        if key is None:
            keys = self._keys_at.get(address, {})
            if len(keys) != 1:
                return self._of_address(address)
            key = next(iter(keys))
        client = self._by_key.get(key)
        if client is None:
            client = self._by_key[key] = self._of_key(key, address)
            _keep(self._by_key)
        if address:
            self._keys_at.setdefault(address, {})[key] = None
            _keep(self._keys_at)
        return client

    def _of_key(self, key: str, address: str) -> Watched:
        """The first key from an address is the client that was known by the address only."""
        client = None
        if address and address not in self._keys_at:
            client = self._by_address.pop(address, None)
        if client is None:
            return Watched(key)
        client.key = key
        return client

    def _of_address(self, address: str) -> Watched:
        client = self._by_address.get(address)
        if client is None:
            client = self._by_address[address] = Watched()
            _keep(self._by_address)
        return client


def _keep(known: dict[str, Any]) -> None:
    if len(known) > CLIENTS_MAX:
        del known[next(iter(known))]
