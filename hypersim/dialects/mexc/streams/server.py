"""The WebSocket, `/ws`: JSON asks and answers, pushes are protobuf in binary frames.

`{"method": "SUBSCRIPTION", "params": [channel]}` is answered by `{"id": 0, "code": 0, "msg":
channel}`. Private channels are for sockets that were opened with `?listenKey=`.
"""

from functools import partial
from typing import assert_never
from urllib.parse import parse_qs

from hypersim.api.dialect import Background
from hypersim.api.sockets.serving import Opened, Policy, SocketServer
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.accounts import Accounts, Say
from hypersim.api.streams.followers import follow
from hypersim.api.streams.publisher import Publisher
from hypersim.api.streams.subscriber import Subscriber, TooManySubscriptions
from hypersim.dialects.mexc.streams.accounts import ACCOUNT, DEALS, ORDERS, AccountNews, News
from hypersim.dialects.mexc.streams.catalog import Catalog
from hypersim.dialects.mexc.streams.channels import Channel, Kind, parse_channel
from hypersim.dialects.mexc.streams.requests import (
    FAILED,
    BadMessage,
    Method,
    Request,
    answer,
    decode_request,
    not_subscribed,
)
from hypersim.dialects.mexc.streams.sources import Event
from hypersim.dialects.mexc.venue import NAME, Venue
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.edge.sockets.control import CloseCode
from hypersim.market.candle import DAY_MS
from hypersim.service.transaction import entries_of
from hypersim.trading import events
from hypersim.trading.events import OrderFilled, orders_in

CHANNELS_MAX = 30
"""Subscriptions of a socket."""

POLICY = Policy(
    NAME,
    no_place="Too many connections",
    life_ms=DAY_MS,
    life_over="Connections last 24 hours",
)

INVALID_LISTEN_KEY = "Invalid listen key"
BLOCKED = "Blocked"
LEGS_MAX = 4
"""Assets of one account that one entry moves."""


class StreamServer:
    """Serves connections."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        services = venue.services
        self.catalog = Catalog(services, venue.books)
        self.accounts = Accounts(services, AccountNews(), "stream clients")
        self.publisher = Publisher(services, self.catalog)
        self.serve = SocketServer(services, POLICY, self._open)
        """An ASGI app for `websocket` scopes."""

    @property
    def background(self) -> Background:
        """What must run beside it; an account's news comes before the market's."""
        engine = self.venue.services.engine
        return partial(follow, engine, self.accounts, self.publisher), self.publisher.run

    def _open(self, scope: Scope, client: Client) -> Opened:
        del client
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        listen_key = query.get("listenKey", [None])[0]
        return lambda socket: StreamClient(self, socket, listen_key)


class StreamClient(Subscriber[Channel, Event, None, News]):
    """Answers what one client asks."""

    subscriptions_max = CHANNELS_MAX

    def __init__(self, server: StreamServer, socket: Socket, listen_key: str | None) -> None:
        super().__init__(socket, None, server.publisher, server.accounts)
        self._catalog = server.catalog
        self._listen_keys = server.venue.listen_keys
        self._listen_key = listen_key

    async def begin(self) -> None:
        """See `Session`."""
        if self._listen_key is None:
            return
        key = self._listen_keys.join(self._listen_key, self)
        if key is None:
            self.socket.send(INVALID_LISTEN_KEY)
            self.socket.finish(CloseCode.POLICY_VIOLATION, INVALID_LISTEN_KEY)
        else:
            self.log_in(key)

    def end(self) -> None:
        """See `Session`."""
        super().end()
        if self._listen_key is not None:
            self._listen_keys.leave(self._listen_key, self)

    # As a reader of an account

    def tell(self, push: News, say: Say = Socket.push) -> None:
        """See `AccountReader`."""
        if push.channel in self.private:
            say(self.socket, push.push.frame(None))

    def frames_of(self, event: events.Event) -> int:
        """See `AccountReader`."""
        orders = len(list(orders_in(event))) if ORDERS in self.private else 0
        deals = isinstance(event, OrderFilled) and DEALS in self.private
        moves = LEGS_MAX * len(entries_of(event)) if ACCOUNT in self.private else 0
        return orders + deals + moves

    def lapse(self) -> None:
        """See `AccountReader`."""
        self.log_out()
        self.socket.finish(CloseCode.NORMAL, INVALID_LISTEN_KEY)

    def expire(self, *, is_due: bool) -> None:
        """See `Listener`."""
        if self.private:
            self._accounts.note_lapse(self, is_due=is_due)
        self.lapse()

    # What it asks

    async def hear(self, text: str) -> None:
        """See `Session`."""
        try:
            method, request = decode_request(text)
        except BadMessage as error:
            self.socket.send(answer(0, str(error), FAILED))
            return
        match method:
            case Method.PING:
                self.socket.send(answer(request.id, "PONG"))
            case Method.SUBSCRIPTION:
                await self._subscribe(request)
            case Method.UNSUBSCRIPTION:
                for channel in filter(None, map(parse_channel, request.params)):
                    self.private.discard(channel)
                    self.publisher.leave(self, channel)
                self._say(request, ",".join(request.params))
            case _:
                assert_never(method)

    async def _subscribe(self, request: Request) -> None:
        names = dict.fromkeys(request.params)
        found = {name: channel for name in names if (channel := self._channel(name)) is not None}
        if blocked := [name for name in names if name not in found]:
            self._say(request, not_subscribed(blocked, BLOCKED))
        if not found:
            return
        private = [channel for channel in found.values() if channel.kind.is_private]
        public = [channel for channel in found.values() if not channel.kind.is_private]
        try:
            self._check_number(found.values())
            if private:
                self.follow_account(*private)
            await self.follow(public, lambda: self._say(request, ",".join(found)))
        except TooManySubscriptions as error:
            self._say(request, not_subscribed(found, str(error)))

    def _channel(self, name: str) -> Channel | None:
        """The channel, if it is there for this client."""
        channel = parse_channel(name)
        if channel is None or channel.kind is Kind.MINI_TICKERS:
            return channel
        if channel.kind.is_private:
            return channel if self.is_logged_in else None
        return channel if self._catalog.instrument_of(channel) is not None else None

    def _say(self, request: Request, msg: str) -> None:
        self.socket.send(answer(request.id, msg))
