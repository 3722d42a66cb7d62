"""The native WebSocket, `/v1/ws`: JSON text frames with the data of the REST API.

`{"id": 1, "op": "subscribe", "channel": "ticker", "symbol": "BTC/USDT"}` is answered by
`{"id": 1, "op": "subscribed", ...}`, then come `{"channel": "ticker", "symbol": ..., "data": ...}`.
A socket that listens twice to the same hears it once.
"""

from functools import partial
from typing import assert_never

from hypersim.account.user import Permission
from hypersim.api.accounts.signing import Denial
from hypersim.api.dialect import Background
from hypersim.api.services import Services
from hypersim.api.sockets.serving import Opened, Policy, SocketServer
from hypersim.api.sockets.socket import SUBSCRIPTIONS_MAX, Socket
from hypersim.api.streams.accounts import Accounts
from hypersim.api.streams.followers import follow
from hypersim.api.streams.publisher import Publisher
from hypersim.api.streams.subscriber import Subscriber
from hypersim.dialects.native.auth import check_signature, denied
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.dialects.native.streams.accounts import AccountNews, News
from hypersim.dialects.native.streams.frames import frame
from hypersim.dialects.native.streams.markets import Catalog
from hypersim.dialects.native.streams.topics import (
    Channel,
    Login,
    Ping,
    RequestId,
    Subscribe,
    Topic,
    Unsubscribe,
    Wanted,
    decode_request,
    id_of,
    topics_of,
)
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.trading.events import Event, OrderEvent, OrderFilled, OrdersClosed

PATH = "/v1/ws"
SIGNED = b"GET" + PATH.encode()
"""What a login signs after the timestamp, wherever the dialect is mounted."""


POLICY = Policy(no_place="Too many sockets from your address")


class StreamServer:
    """Serves connections."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.news = AccountNews(services.engine.view)
        self.accounts = Accounts(services.engine.view, self.news, "stream clients")
        self.publisher = Publisher(services, Catalog(services))
        self.serve = SocketServer(services, POLICY, self._open)
        """An ASGI app for `websocket` scopes."""

    @property
    def background(self) -> Background:
        """What must run beside it; an account's news comes before the market's."""
        following = partial(follow, self.services.engine, self.accounts, self.publisher)
        return following, self.publisher.run

    def _open(self, scope: Scope, client: Client) -> Opened:
        del scope
        return lambda socket: StreamClient(self, socket, client)


class StreamClient(Subscriber[Topic, bytes, None, News]):
    """Answers what one client asks. `private` is what it wants to hear of its key's account."""

    def __init__(self, server: StreamServer, socket: Socket, client: Client) -> None:
        super().__init__(socket, None, server.publisher, server.accounts)
        self.private: set[Topic] = set()
        self._client = client
        self._services = server.services
        self._news = server.news
        self._shown = 0
        """The transaction after which it was shown what the account has."""

    # As a reader of an account

    def tell(self, push: News) -> None:
        """See `AccountReader`."""
        is_old = push.channel is Channel.BALANCES and push.seq <= self._shown
        if self._wants(push.channel, push.symbol) and not is_old:
            self.socket.push(push.push.frame(None))

    def frames_of(self, event: Event) -> int:
        """See `AccountReader`."""
        frames = int(self._wants(Channel.BALANCES, None))
        if isinstance(event, OrdersClosed):
            return frames + sum(self._wants(Channel.ORDERS, one.symbol) for one in event.orders)
        if isinstance(event, OrderEvent):
            frames += self._wants(Channel.ORDERS, event.order.symbol)
        if isinstance(event, OrderFilled):
            frames += self._wants(Channel.FILLS, event.order.symbol)
        return frames

    def lapse(self) -> None:
        """See `AccountReader`."""
        self.log_out()
        self._refuse(None, denied(Denial.UNKNOWN_KEY))

    def log_out(self) -> None:
        """See `Subscriber`."""
        super().log_out()
        self.private.clear()

    def _wants(self, channel: Channel, symbol: str | None) -> bool:
        return not self.private.isdisjoint((Topic(channel), Topic(channel, symbol)))

    # What it asks

    async def hear(self, text: str) -> None:
        """See `Session`."""
        try:
            await self._handle(text)
        except ApiError as error:
            self._refuse(id_of(text), error)

    async def _handle(self, text: str) -> None:
        request = decode_request(text)
        match request:
            case Subscribe():
                await self._subscribe(request)
            case Unsubscribe():
                for topic in self._topics(request):
                    self.private.discard(topic)
                    self.publisher.leave(self, topic)
                self._confirm(request, "unsubscribed")
            case Login():
                self._login(request)
            case Ping():
                self._answer(request.id, "pong")
            case _:
                assert_never(request)

    async def _subscribe(self, request: Subscribe) -> None:
        topics = self._topics(request)
        heard = self.private.union(self.publisher.audience.topics_of(self), topics)
        if len(heard) > SUBSCRIPTIONS_MAX:
            raise invalid(f"A socket has at most {SUBSCRIPTIONS_MAX} subscriptions")
        if request.channel.is_private:
            self._confirm(request, "subscribed")
            self._listen(topics)
            return
        await self.follow(topics, lambda: self._confirm(request, "subscribed"))

    def _listen(self, topics: list[Topic]) -> None:
        self.follow_account()
        self.private.update(topics)
        if Topic(Channel.BALANCES) in topics:
            now_ms = self._services.engine.clock.now_ms()
            self._shown, frame = self._news.show(self.account_id, now_ms)
            self.socket.send(frame)

    def _topics(self, request: Wanted) -> list[Topic]:
        if request.channel.is_private and not self.is_logged_in:
            raise _not_logged_in()
        return topics_of(self._services.engine.view, request)

    def _confirm(self, request: Wanted, op: str) -> None:
        named = {
            name: value
            for name in ("symbol", "symbols", "limit", "interval")
            if (value := getattr(request, name)) is not None
        }
        self._answer(request.id, op, channel=request.channel, **named)

    def _login(self, request: Login) -> None:
        key = check_signature(
            self._services,
            name=request.apiKey,
            timestamp=str(request.timestamp),
            signature=request.signature,
            signed=SIGNED,
            client=self._client,
            permission=Permission.READ,
            now_ms=self._services.engine.clock.now_ms(),
        )
        self.log_in(key)
        self._answer(request.id, "logged_in")

    def _answer(self, request_id: RequestId, op: str, **more: object) -> None:
        """Confirm a request."""
        self.socket.send(frame(_with_id(request_id) | {"op": op, **more}))

    def _refuse(self, request_id: RequestId, error: ApiError) -> None:
        """Say what was wrong, in the words of the REST API."""
        body = {"code": error.code, "message": error.message, "details": error.details}
        self.socket.send(frame(_with_id(request_id) | {"error": body}))


def _with_id(request_id: RequestId) -> dict[str, object]:
    return {} if request_id is None else {"id": request_id}


def _not_logged_in() -> ApiError:
    channels = ", ".join(channel for channel in Channel if channel.is_private)
    return ApiError(ErrorCode.INVALID_API_KEY, f"Log in first: {channels} are private", status=401)
