"""The native WebSocket, `/v1/ws`: JSON text frames with the data of the REST API.

`{"id": 1, "op": "subscribe", "channel": "ticker", "symbol": "BTC/USDT"}` is answered by
`{"id": 1, "op": "subscribed", ...}`, then come `{"channel": "ticker", "symbol": ..., "data": ...}`.
A socket that listens twice to the same hears it once.
"""

from typing import assert_never

from hypersim.account.user import Permission
from hypersim.api.asgi import Scope
from hypersim.api.edge.client import Client
from hypersim.api.services import Services
from hypersim.api.sockets.serving import Opened, Policy, SocketServer
from hypersim.api.sockets.socket import SUBSCRIPTIONS_MAX, Socket
from hypersim.dialects.native.auth import check_signature
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.dialects.native.streams.broadcast import Broadcaster
from hypersim.dialects.native.streams.session import StreamSession
from hypersim.dialects.native.streams.topics import (
    Channel,
    Login,
    Ping,
    Subscribe,
    Topic,
    Unsubscribe,
    Wanted,
    decode_request,
    id_of,
    topics_of,
)
from hypersim.market.candle import Candle

PATH = "/v1/ws"
SIGNED = b"GET" + PATH.encode()
"""What a login signs after the timestamp, wherever the dialect is mounted."""


POLICY = Policy(no_place="Too many sockets from your address")


class StreamServer:
    """Serves connections; `run` must run beside it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.broadcaster = Broadcaster(services)
        self.run = self.broadcaster.run
        self.serve = SocketServer(services, POLICY, self._open)
        """An ASGI app for `websocket` scopes."""

    def _open(self, scope: Scope, client: Client) -> Opened:
        del scope
        return lambda socket: StreamClient(self, socket, client)


class StreamClient(StreamSession):
    """Answers what one client asks."""

    def __init__(self, server: StreamServer, socket: Socket, client: Client) -> None:
        super().__init__(socket, client)
        self._services = server.services
        self._broadcaster = server.broadcaster

    def end(self) -> None:
        """See `Session`."""
        self._broadcaster.leave(self)

    async def hear(self, text: str) -> None:
        """See `Session`."""
        try:
            await self._handle(text)
        except ApiError as error:
            self.refuse(id_of(text), error)

    async def _handle(self, text: str) -> None:
        request = decode_request(text)
        match request:
            case Subscribe():
                await self._subscribe(request)
            case Unsubscribe():
                for topic in self._topics(request):
                    self._broadcaster.audience.remove(self, topic)
                self._confirm(request, "unsubscribed")
            case Login():
                self._login(request)
            case Ping():
                self.answer(request.id, "pong")
            case _:
                assert_never(request)

    async def _subscribe(self, request: Subscribe) -> None:
        topics = self._topics(request)
        heard = set(self._broadcaster.audience.topics_of(self))
        if len(heard.union(topics)) > SUBSCRIPTIONS_MAX:
            raise invalid(f"A socket has at most {SUBSCRIPTIONS_MAX} subscriptions")
        # Whatever takes time comes first: from the confirmation on, nothing may be missed.
        books = [
            topic.symbol for topic in topics if topic.channel is Channel.DEPTH and topic.symbol
        ]
        await self._services.markets.whole_books(*books)
        bars = {topic: await self._last_bar(topic) for topic in topics if topic.interval}
        self._confirm(request, "subscribed")
        for topic in topics:
            self._broadcaster.join(self, topic, bars.get(topic))

    def _topics(self, request: Wanted) -> list[Topic]:
        view = self._services.engine.view
        if not request.channel.is_private:
            return topics_of(view, request, None)
        key = self._broadcaster.key_of(self)
        if key is None:
            raise _not_logged_in()
        return topics_of(view, request, key.account_id)

    async def _last_bar(self, topic: Topic) -> Candle | None:
        assert topic.symbol is not None and topic.interval is not None, topic
        return await self._services.markets.begun(topic.symbol, topic.interval)

    def _confirm(self, request: Wanted, op: str) -> None:
        named = {
            name: value
            for name in ("symbol", "symbols", "limit", "interval")
            if (value := getattr(request, name)) is not None
        }
        self.answer(request.id, op, channel=request.channel, **named)

    def _login(self, request: Login) -> None:
        key = check_signature(
            self._services,
            name=request.apiKey,
            timestamp=str(request.timestamp),
            signature=request.signature,
            signed=SIGNED,
            client=self.client,
            permission=Permission.READ,
            now_ms=self._services.engine.clock.now_ms(),
        )
        if self.key is not None and self.key.key != key.key:
            self._broadcaster.end_private(self)
        self.key = key
        self.answer(request.id, "logged_in")


def _not_logged_in() -> ApiError:
    channels = ", ".join(channel for channel in Channel if channel.is_private)
    return ApiError(ErrorCode.INVALID_API_KEY, f"Log in first: {channels} are private", status=401)
