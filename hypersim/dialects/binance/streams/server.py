"""The market's streams over WebSocket.

Raw streams at `/ws`, `/ws/<name>` and `/stream/ws`, combined ones at `/stream?streams=a/b`;
whatever a connection began with, it can SUBSCRIBE to more. A name without a stream is no error, it
is only never heard of. `/ws/0` names no stream: it is the number of a client's connection.
"""

from typing import NamedTuple
from urllib.parse import unquote

from hypersim.account.user import ApiKey
from hypersim.api.sockets.budget import Budget
from hypersim.api.sockets.serving import Opened, SocketServer
from hypersim.api.sockets.socket import Socket, may_hear
from hypersim.api.streams.accounts import Say
from hypersim.api.streams.publisher import Publisher, Reader
from hypersim.api.streams.push import Push
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.limits.connections import SOCKETS, Attempts, refusal
from hypersim.dialects.binance.numbers import TIME_UNITS, TimeUnit
from hypersim.dialects.binance.streams.catalog import Catalog
from hypersim.dialects.binance.streams.names import is_possible
from hypersim.dialects.binance.streams.requests import (
    Method,
    Request,
    StreamError,
    answer,
    boolean_value,
    check_property,
    decode_request,
    id_of,
    invalid_stream,
    refusal_of,
    stream_names,
    too_many_parameters,
    too_many_streams,
)
from hypersim.dialects.binance.streams.sources import ClientKind
from hypersim.dialects.binance.venue import Venue
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.edge.sockets.control import CloseCode

MESSAGES_PER_SECOND_MAX = 5
"""From the client, pings and pongs included, in any second."""

BUDGET = Budget(MESSAGES_PER_SECOND_MAX, counts_pings=True, words="Too many requests")


class Target(NamedTuple):
    """Whether streams are combined, which ones, and in which unit times are."""

    is_combined: bool
    names: list[str]
    unit: TimeUnit


class StreamServer:
    """Serves connections; the publisher must run beside it."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.catalog = Catalog(venue)
        self.publisher = Publisher(venue.services, self.catalog)
        is_limited = venue.services.limiter.limit > 0
        policy = SOCKETS._replace(budget=BUDGET) if is_limited else SOCKETS
        self.serve = SocketServer(venue.services, policy, self._open)
        """An ASGI app for `websocket` scopes."""
        self._attempts = Attempts(is_enforced=is_limited)

    def _open(self, scope: Scope, client: Client) -> Opened:
        wanted = read_target(scope["path"], scope["query_string"].decode("latin-1"))
        if wanted is None:
            return None
        try:
            self._attempts.take(client.counted, self.venue.now_ms())
        except BinanceError as error:
            return refusal(error, self.venue.now_ms())
        return lambda socket: StreamClient(self, socket, wanted)


class StreamClient(Reader[ClientKind]):
    """Answers what one client asks. Among the streams may be listen keys, of which it hears as a
    `Listener`."""

    def __init__(self, server: StreamServer, socket: Socket, target: Target) -> None:
        super().__init__(socket, ClientKind(target.unit, target.is_combined))
        self._server = server
        self._publisher = server.publisher
        self._listen_keys = server.venue.user_data.listen_keys
        self._names = target.names
        self._private: dict[str, None] = {}

    @property
    def keys(self) -> list[ApiKey]:
        """See `Session`."""
        return [key for name in self._private for key in self._listen_keys.holders_of(name)]

    async def begin(self) -> None:
        """See `Session`."""
        try:
            await self._join(self._names, b"")
        except StreamError as error:
            self.socket.close(CloseCode.POLICY_VIOLATION, error.msg)

    def last_words(self) -> bytes:
        """See `Session`."""
        now_ms = self._server.venue.now_ms()
        return self._server.catalog.write(
            "!serverShutdown", lambda unit: {"e": "serverShutdown", "E": now_ms * unit}, self.kind
        )

    def end(self) -> None:
        """See `Session`."""
        self._leave(list(self._private))
        self._publisher.leave_all(self)

    def tell(self, name: str, push: Push[TimeUnit], say: Say) -> None:
        """See `Listener`."""
        event = push.frame(self.kind.unit)
        if self.kind.is_combined:
            event = b'{"stream":"%b","data":%b}' % (name.encode(), event)
        say(self.socket, event)

    def cut_off(self) -> None:
        """See `Listener`."""
        self.socket.cut_off()

    async def hear(self, text: str) -> None:
        """See `Session`."""
        try:
            await self._handle(decode_request(text))
        except StreamError as error:
            self.socket.send(refusal_of(error, id_of(text)))

    async def _handle(self, request: Request) -> None:
        result: object = None
        match request.method:
            case Method.SUBSCRIBE:
                names = stream_names(request)
                if not all(map(is_possible, names)):
                    raise invalid_stream()
                await self._join(names, answer(request))
                return
            case Method.UNSUBSCRIBE:
                self._leave(stream_names(request))
            case Method.LIST_SUBSCRIPTIONS:
                if request.params:
                    raise too_many_parameters()
                result = self._heard()
            case Method.SET_PROPERTY:
                check_property(request, 2)
                self.kind = self.kind._replace(is_combined=boolean_value(request))
            case Method.GET_PROPERTY:
                check_property(request, 1)
                result = self.kind.is_combined
        self.socket.send(answer(request, result))

    def _heard(self) -> list[str]:
        return [*self._publisher.audience.topics_of(self), *self._private]

    async def _join(self, names: list[str], confirmation: bytes) -> None:
        """Listen to these too, once the client has been told so."""
        heard = set(self._heard())
        fresh = [name for name in dict.fromkeys(names) if name not in heard]
        if not may_hear(len(heard) + len(fresh)):
            raise too_many_streams()
        # Whatever takes time comes first: from the confirmation on, nothing may be missed.
        opened = await self._publisher.open(fresh)
        if confirmation:
            self.socket.send(confirmation)
        for name in fresh:
            if self._listen_keys.join(name, self):
                self._private[name] = None
            else:
                self._publisher.join(self, name, opened)

    def _leave(self, names: list[str]) -> None:
        """Listen to these no more."""
        for name in names:
            if name in self._private:
                del self._private[name]
                self._listen_keys.leave(name, self)
            else:
                self._publisher.leave(self, name)


def read_target(path: str, query: str) -> Target | None:
    """What an address asks for; None when nothing is served there."""
    _, kind, *rest = path.split("/")
    is_combined = kind == "stream" and rest[:1] != ["ws"]
    if is_combined and any(rest):
        return None
    names = rest[1:] if kind == "stream" else rest
    unit: TimeUnit | None = TimeUnit.MILLISECOND
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == "streams":
            # Not as in forms: the plus of @+08:00 is a plus.
            names += unquote(value).split("/")
        elif name == "timeUnit":
            unit = TIME_UNITS.get(value)
    if unit is None:
        return None
    return Target(is_combined, [name for name in names if is_stream(name)], unit)


def is_stream(name: str) -> bool:
    """Whether it can be a stream, and is not just the number of a client's connection."""
    return is_possible(name) and not name.isdigit()
