"""One socket: `{"op": "follow", "topic": "trades:BTCUSDT"}`, `book:…`, or `account`, signed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Literal

import msgspec

from hypersim.account.user import ApiKey
from hypersim.api.asgi import Scope
from hypersim.api.edge.client import Client
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.api.sockets.serving import Opened, Policy, SocketServer
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.accounts import AccountReader, Accounts, AccountWords
from hypersim.api.streams.followers import follow
from hypersim.api.streams.publisher import Publisher, Reader, Words
from hypersim.api.streams.sources import Missed, Source, StateSource
from hypersim.api.streams.sources import Opened as OpenedTopic
from hypersim.market.tape import newer
from hypersim.service.transaction import Transaction
from hypersim.trading.events import OrderEvent, OrderFilled, OrdersClosed
from tests.support.tiny_dialect.market import book_of, symbol_of
from tests.support.tiny_dialect.orders import told_balances, told_order
from tests.support.tiny_dialect.venue import Signature, TinyError, encode, key_of


class Trades(Source[object]):
    """Each one."""

    def __init__(self, services: Services, symbol: str) -> None:
        self._data = services.engine.view.markets[symbol]
        self._last_id = self._data.last_trade_id

    def poll(self, now_ms: int) -> Sequence[object]:
        trades = newer(self._data.tape.trades, self._last_id)
        if trades is None:
            raise Missed
        self._last_id = self._data.last_trade_id
        return [{"price": one.price, "size": one.quantity, "time": one.time_ms} for one in trades]


class Book(StateSource[object]):
    """All of it, after each change."""

    def __init__(self, services: Services, symbol: str) -> None:
        self._services, self._symbol = services, symbol
        super().__init__()

    def mark(self) -> object:
        return self._services.engine.view.markets[self._symbol].update_id

    def current(self, now_ms: int) -> Sequence[object]:
        return [book_of(self._services, self._symbol)]


class Topics(Words[str, object, None]):
    """What can be followed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, topics: Iterable[str]) -> Mapping[str, OpenedTopic[object, str]]:
        found = {}
        for topic in topics:
            kind, _, name = topic.partition(":")
            symbol = symbol_of(self._services, name)
            await self._services.markets.whole_books(symbol)
            source = {"trades": Trades, "book": Book}[kind](self._services, symbol)
            found[topic] = OpenedTopic(source, symbol)
        return found

    def write(self, topic: str, event: object, kind: None) -> bytes:
        return encode({"topic": topic, "data": event})


class News(AccountWords[bytes]):
    """What an account is told: each order, then all that the transaction left of what it moved."""

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[bytes]:
        for event in transaction.events:
            orders = event.orders if isinstance(event, OrdersClosed) else ()
            if isinstance(event, OrderEvent):
                orders = (event.order,)
            fills = (event.fill,) if isinstance(event, OrderFilled) else ()
            for order in orders:
                if order.account_id == account_id:
                    yield encode({"topic": "account", "order": told_order(order, fills)})
        left = transaction.balances_after.items()
        own = {asset: balance for (owner, asset), balance in left if owner == account_id}
        if own:
            yield encode({"topic": "account", "balances": told_balances(own)})


class TinyClient(Reader[None], AccountReader[bytes]):
    """Answers what one client asks."""

    def __init__(self, streams: "Streams", client: Client, socket: Socket) -> None:
        super().__init__(socket, None)
        self._streams, self._client = streams, client
        self._key: ApiKey | None = None

    @property
    def keys(self) -> Collection[ApiKey]:
        return () if self._key is None else (self._key,)

    def tell(self, push: bytes) -> None:
        self.socket.push(push)

    def lapse(self) -> None:
        self._key = None
        self.socket.send(encode({"code": "lapsed", "text": "The key is no more"}))

    def cut_off(self) -> None:
        self.socket.cut_off()

    def end(self) -> None:
        self._streams.publisher.leave_all(self)
        self._streams.accounts.remove(self)

    async def hear(self, text: str) -> None:
        try:
            asked = _asked.decode(text)
            await self._do(asked)
        except msgspec.DecodeError as error:
            self.socket.send(encode({"code": "malformed", "text": str(error)}))
        except TinyError as error:
            self.socket.send(encode(error.body()))

    async def _do(self, asked: "Asked") -> None:
        publisher, accounts = self._streams.publisher, self._streams.accounts
        confirmation = encode({"done": asked.op, "topic": asked.topic})
        if asked.topic == "account" and asked.op == "follow":
            by, security = Signature(asked.key, asked.time, asked.sign), Security.READ
            self._key = key_of(self._streams.services, self._client, by, b"account", security)
            self.account_id = self._key.account_id
            accounts.add(self)
        elif asked.op == "follow":
            opened = await publisher.open([asked.topic])
            self.socket.send(confirmation)
            publisher.join(self, asked.topic, opened)
            return
        elif asked.op == "leave":
            publisher.leave(self, asked.topic)
        self.socket.send(confirmation)


class Asked(msgspec.Struct):
    """A message."""

    op: Literal["follow", "leave", "ping"]
    topic: str = ""
    key: str = ""
    time: str = ""
    sign: str = ""


_asked = msgspec.json.Decoder(Asked)


class Streams:
    """Serves connections."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.accounts = Accounts(services.engine.view, News(), "clients of accounts")
        self.publisher = Publisher(services, Topics(services))
        self.serve = SocketServer(services, Policy(no_place="Too many sockets"), self._open)
        following = partial(follow, services.engine, self.accounts, self.publisher)
        self.background = (following, self.publisher.run)

    def _open(self, scope: Scope, client: Client) -> Opened:
        return partial(TinyClient, self, client)
