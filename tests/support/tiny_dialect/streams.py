"""One socket: `{"op": "follow", "topic": "trades:BTCUSDT"}`, `book:…`, or `account`, signed."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal

import msgspec

from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.api.sockets.serving import Opened, Policy, SocketServer
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.accounts import Accounts, AccountWords
from hypersim.api.streams.followers import follow
from hypersim.api.streams.publisher import Publisher, Words
from hypersim.api.streams.sources import Opened as OpenedTopic
from hypersim.api.streams.sources import ShownSource, TradeSource
from hypersim.api.streams.subscriber import Subscriber
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.market.tape import PublicTrade
from hypersim.service.transaction import Transaction
from hypersim.trading.events import OrderFilled, orders_in
from tests.support.tiny_dialect.market import book_of, symbol_of
from tests.support.tiny_dialect.orders import told_balances, told_order
from tests.support.tiny_dialect.venue import TinyError, encode, error_of, key_of


def told_trade(trade: PublicTrade, now_ms: int) -> object:
    return {"price": trade.price, "size": trade.quantity, "time": trade.time_ms}


class Topics(Words[str, object, None]):
    """What can be followed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, topics: Iterable[str]) -> Mapping[str, OpenedTopic[object, str]]:
        return {topic: await self._open(*topic.partition(":")[::2]) for topic in topics}

    async def _open(self, kind: str, name: str) -> OpenedTopic[object, str]:
        symbol = symbol_of(self._services, name)
        if kind == "book":
            await self._services.markets.whole_books(symbol)
            show = partial(book_of, self._services, symbol)
            return OpenedTopic(ShownSource(show), symbol)
        data = self._services.engine.view.markets[symbol]
        return OpenedTopic(TradeSource(data, lambda tape: tape.trades, told_trade), symbol)

    def write(self, topic: str, event: object, kind: None) -> bytes:
        return encode({"topic": topic, "data": event})


class News(AccountWords[bytes]):
    """What an account is told: each order, then all that the transaction left of what it moved."""

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[bytes]:
        for event in transaction.events:
            fills = (event.fill,) if isinstance(event, OrderFilled) else ()
            for order in orders_in(event):
                if order.account_id == account_id:
                    yield encode({"order": told_order(order, fills)})
        if own := transaction.left(account_id):
            yield encode({"balances": told_balances(own)})


class Asked(msgspec.Struct):
    """A message."""

    op: Literal["follow", "leave", "ping"]
    topic: str = ""
    key: str = ""
    time: str = ""
    sign: str = ""


class TinyClient(Subscriber[str, object, None, bytes]):
    """Answers what one client asks."""

    def __init__(self, streams: "Streams", client: Client, socket: Socket) -> None:
        super().__init__(socket, None, streams.publisher, streams.accounts)
        self._services, self._client = streams.services, client

    def tell(self, push: bytes) -> None:
        self.socket.push(push)

    def lapse(self) -> None:
        self.log_out()
        self.socket.send(encode(TinyError(401, "lapsed", "The key is no more").body()))

    async def hear(self, text: str) -> None:
        try:
            await self._do(msgspec.json.decode(text, type=Asked))
        except (TinyError, msgspec.DecodeError) as failure:
            self.socket.send(encode(error_of(failure).body()))

    async def _do(self, asked: Asked) -> None:
        confirm = partial(self.socket.send, encode({"done": asked.op, "topic": asked.topic}))
        if asked.op == "follow" and asked.topic != "account":
            await self.follow([asked.topic], confirm)
            return
        if asked.op == "follow":
            by = asked.key, asked.time, asked.sign
            self.log_in(key_of(self._services, self._client, by, b"account", Security.READ))
            self.follow_account()
        elif asked.op == "leave":
            self.publisher.leave(self, asked.topic)
        confirm()


class Streams:
    """Serves connections."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.accounts = Accounts(services.engine.view, News(), "clients of accounts")
        self.publisher = Publisher(services, Topics(services))
        self.serve = SocketServer(services, Policy("Too many sockets"), self._open)
        following = partial(follow, services.engine, self.accounts, self.publisher)
        self.background = (following, self.publisher.run)

    def _open(self, scope: Scope, client: Client) -> Opened:
        return partial(TinyClient, self, client)
