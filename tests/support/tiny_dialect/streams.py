"""One socket: `{"op": "follow", "topic": "trades:BTCUSDT"}`, `book:…`, or `account`, signed."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal

import msgspec

from hypersim.api.dialect import Background
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.api.sockets.serving import Policy, SocketServer
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.accounts import Accounts, AccountWords, Say
from hypersim.api.streams.crossing import crossed
from hypersim.api.streams.followers import follow
from hypersim.api.streams.publisher import Publisher, Words
from hypersim.api.streams.sources import MarketNews, ShownSource, Source, TradeSource
from hypersim.api.streams.sources import Opened as OpenedTopic
from hypersim.api.streams.subscriber import Subscriber, TooManySubscriptions
from hypersim.edge.asgi import AsgiApp
from hypersim.edge.client import Client
from hypersim.market.tape import PublicTrade
from hypersim.service.contents import Data
from hypersim.service.transaction import Transaction
from hypersim.trading.events import Event, OrderFilled, orders_in
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
        data = self._services.engine.view.markets[symbol]
        sources: dict[str, Source[object]] = {
            "book": ShownSource(partial(book_of, self._services, symbol)),
            "trades": TradeSource(data, lambda tape: tape.trades, told_trade),
        }
        if kind not in sources:
            raise TinyError(400, "unknown-topic", f"There is no {kind[:20]!r}")
        await self._services.markets.whole_books(symbol)
        return OpenedTopic(sources[kind], symbol)

    def news(self, topic: str, event: object) -> MarketNews[object]:
        symbol = symbol_of(self._services, topic.partition(":")[2])
        return MarketNews(symbol, crossed=crossed(event, "bids", "asks"))

    def about(self, topic: str) -> tuple[Data, str]:
        kind, _, name = topic.partition(":")
        return Data(kind), symbol_of(self._services, name)

    def write(self, topic: str, event: object, kind: None) -> bytes:
        return encode({"topic": topic, "data": event})


Told = tuple[str | None, bytes, Event | None]
"""A frame, which symbol it is about, and what happened to an order."""


class News(AccountWords[Told]):
    """What an account is told: each order, then all that the transaction left of what it moved."""

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[Told]:
        for event in transaction.events:
            fills = (event.fill,) if isinstance(event, OrderFilled) else ()
            for order in orders_in(event):
                if order.account_id == account_id:
                    yield order.symbol, encode({"order": told_order(order, fills)}), event
        if own := transaction.left(account_id):
            yield None, encode({"balances": told_balances(own)}), None

    def symbol_of(self, push: Told) -> str | None:
        return push[0]

    def event_of(self, push: Told) -> Event | None:
        return push[2]


class Asked(msgspec.Struct):
    """A message."""

    op: Literal["follow", "leave", "ping"]
    topic: str = ""
    by: tuple[str, str, str] = ("", "", "")


class TinyClient(Subscriber[str, object, None, Told]):
    """Answers what one client asks."""

    def __init__(self, services: Services, all_: "Listeners", who: Client, socket: Socket) -> None:
        super().__init__(socket, None, *all_)
        self._services, self._who = services, who

    def tell(self, push: Told, say: Say = Socket.push) -> None:
        say(self.socket, push[1])

    def lapse(self) -> None:
        self.log_out()
        self.socket.send(encode(TinyError(401, "lapsed", "The key is no more").body()))

    async def hear(self, text: str) -> None:
        try:
            asked = msgspec.json.decode(text, type=Asked)
            confirm = partial(self.socket.send, encode({"done": asked.op, "topic": asked.topic}))
            if asked.op == "leave":
                self.publisher.leave(self, asked.topic)
            elif asked.topic == "account":
                self.log_in(key_of(self._services, self._who, asked.by, b"account", Security.READ))
                self.follow_account()
            is_public = asked.op == "follow" and asked.topic != "account"
            await self.follow([asked.topic] if is_public else [], confirm)
        except (TinyError, TooManySubscriptions, msgspec.DecodeError) as failure:
            self.socket.send(encode(error_of(failure).body()))


Listeners = tuple[Publisher[str, object, None], Accounts[Told]]


def serve(services: Services) -> tuple[AsgiApp, Background]:
    """What serves connections, and what runs beside it."""
    accounts = Accounts(services, News(), "clients of accounts")
    publisher = Publisher(services, Topics(services))
    client = partial(TinyClient, services, (publisher, accounts))
    server = SocketServer(services, Policy("tiny", "Too many"), lambda _, who: partial(client, who))
    return server, (partial(follow, services.engine, accounts, publisher), publisher.run)
