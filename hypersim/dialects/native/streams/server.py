"""The native WebSocket, `/v1/ws`: JSON text frames with the data of the REST API.

`{"id": 1, "op": "subscribe", "channel": "ticker", "symbol": "BTC/USDT"}` is answered by
`{"id": 1, "op": "subscribed", ...}`, then come `{"channel": "ticker", "symbol": ..., "data": ...}`.
A socket that listens twice to the same hears it once.
"""

from functools import partial
from typing import assert_never

import msgspec

from hypersim.account.user import Permission
from hypersim.api.accounts.signing import Denial
from hypersim.api.dialect import Background
from hypersim.api.plain_json import Object, encode
from hypersim.api.services import Services
from hypersim.api.sockets.serving import Opened, Policy, SocketServer
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.accounts import Accounts, Say
from hypersim.api.streams.followers import follow
from hypersim.api.streams.publisher import Publisher
from hypersim.api.streams.subscriber import Subscriber, TooManySubscriptions
from hypersim.dialects.native.auth import check_signature, denied
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.dialects.native.streams.accounts import BALANCES, AccountNews, News
from hypersim.dialects.native.streams.markets import Catalog, Told
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
from hypersim.dialects.native.venue import NAME
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.trading.events import Event, OrderFilled, orders_in

PATH = "/v1/ws"
SIGNED = b"GET" + PATH.encode()
"""What a login signs after the timestamp, wherever the dialect is mounted."""


POLICY = Policy(NAME, no_place="Too many sockets from your address")


class StreamServer:
    """Serves connections."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.news = AccountNews(services.engine.view)
        self.accounts = Accounts(services, self.news, "stream clients")
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


class StreamClient(Subscriber[Topic, Told, None, News]):
    """Answers what one client asks."""

    def __init__(self, server: StreamServer, socket: Socket, client: Client) -> None:
        super().__init__(socket, None, server.publisher, server.accounts)
        self._client = client
        self._services = server.services
        self._news = server.news
        self._shown = 0
        """The transaction after which it was shown what the account has."""

    # As a reader of an account

    def tell(self, push: News, say: Say = Socket.push) -> None:
        """See `AccountReader`."""
        is_old = push.topic == BALANCES and push.seq <= self._shown
        if self._wants(push.topic) and not is_old:
            say(self.socket, push.push.frame(None))

    def frames_of(self, event: Event) -> int:
        """See `AccountReader`."""
        told = [BALANCES, *(Topic(Channel.ORDERS, order.symbol) for order in orders_in(event))]
        if isinstance(event, OrderFilled):
            told.append(Topic(Channel.FILLS, event.order.symbol))
        return sum(map(self._wants, told))

    def lapse(self) -> None:
        """See `AccountReader`."""
        self.log_out()
        self._refuse(None, denied(Denial.UNKNOWN_KEY))

    def _wants(self, topic: Topic) -> bool:
        return not self.private.isdisjoint((topic, Topic(topic.channel)))

    # What it asks

    async def hear(self, text: str) -> None:
        """See `Session`."""
        try:
            await self._handle(text)
        except ApiError as error:
            self._refuse(id_of(text), error)
        except TooManySubscriptions as error:
            self._refuse(id_of(text), invalid(str(error)))

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
                self._send({"id": request.id, "op": "pong"})
            case _:
                assert_never(request)

    async def _subscribe(self, request: Subscribe) -> None:
        topics = self._topics(request)
        if not request.channel.is_private:
            await self.follow(topics, lambda: self._confirm(request, "subscribed"))
            return
        self.follow_account(*topics)
        self._confirm(request, "subscribed")
        if BALANCES in topics:
            now_ms = self._services.engine.clock.now_ms()
            self._shown, frame = self._news.show(self.account_id, now_ms)
            self.socket.send(frame)

    def _topics(self, request: Wanted) -> list[Topic]:
        if request.channel.is_private and not self.is_logged_in:
            raise _not_logged_in()
        return topics_of(self._services.engine.view, request)

    def _confirm(self, request: Wanted, op: str) -> None:
        named = msgspec.structs.asdict(request).items()
        said = {name: value for name, value in named if value is not None}
        self._send({"id": request.id, "op": op, **said})

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
        self._send({"id": request.id, "op": "logged_in"})

    def _refuse(self, request_id: RequestId, error: ApiError) -> None:
        """Say what was wrong, in the words of the REST API."""
        self._send({"id": request_id, "error": error.problem})

    def _send(self, answer: Object) -> None:
        """Without an id where the request has none."""
        if answer["id"] is None:
            del answer["id"]
        self.socket.send(encode(answer))


def _not_logged_in() -> ApiError:
    channels = ", ".join(channel for channel in Channel if channel.is_private)
    return ApiError(ErrorCode.INVALID_API_KEY, f"Log in first: {channels} are private", status=401)
