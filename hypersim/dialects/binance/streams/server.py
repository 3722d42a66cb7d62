"""The market's streams over WebSocket.

Raw streams at `/ws`, `/ws/<name>` and `/stream/ws`, combined ones at `/stream?streams=a/b`;
whatever a connection began with, it can SUBSCRIBE to more. A name without a stream is no error, it
is only never heard of. `/ws/0` names no stream: it is the number of a client's connection.
"""

import asyncio
from collections import deque
from urllib.parse import unquote

from hypersim.api.asgi import Receive, Scope, Send
from hypersim.api.edge.client import client_of
from hypersim.api.edge.reasons import EdgeReason
from hypersim.api.sockets.places import Places
from hypersim.api.sockets.protocol import control_of
from hypersim.api.sockets.socket import SUBSCRIPTIONS_MAX, CloseCode, Socket
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.limits.connections import Attempts, connection_of, refuse_handshake
from hypersim.dialects.binance.numbers import TIME_UNITS, TimeUnit
from hypersim.dialects.binance.streams.names import is_possible
from hypersim.dialects.binance.streams.publisher import Publisher
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
    refusal,
    stream_names,
    too_many_parameters,
    too_many_streams,
)
from hypersim.dialects.binance.streams.session import PrivateStreams, Push, StreamSession
from hypersim.dialects.binance.venue import Venue

LIFETIME_MS = 24 * 60 * 60 * 1000
MESSAGES_PER_SECOND_MAX = 5
"""From the client, pings and pongs included, in any second."""


class StreamServer:
    """Serves connections. An ASGI app for `websocket` scopes; `run` must run beside it. `private`
    are the streams that are not the market's."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.publisher = Publisher(venue)
        self.private: list[PrivateStreams] = []
        self.is_limited = venue.services.limiter.limit > 0
        self._count = venue.services.edge.count
        self._places = Places(count=self._count)
        self._attempts = Attempts(is_enforced=self.is_limited)

    async def run(self) -> None:
        """Push until canceled."""
        await self.publisher.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        connection, client = connection_of(scope, receive, send), client_of(scope)
        wanted = read_target(scope["path"], scope["query_string"].decode("latin-1"))
        if wanted is None:
            # Before it is accepted this answers the handshake with an HTTP error.
            await connection.close(CloseCode.POLICY_VIOLATION)
            return
        is_combined, names, unit = wanted
        try:
            self._attempts.take(client.counted, self.venue.now_ms())
        except BinanceError as error:
            await refuse_handshake(send, error, self.venue.now_ms())
            return
        await connection.accept()
        if not self._places.take(client.counted):
            await connection.close(CloseCode.POLICY_VIOLATION, "Too many connections")
            return
        socket = Socket(connection, count=self._count)
        session = StreamSession(socket, unit=unit, is_combined=is_combined)
        conversation, control = Conversation(self, session), control_of(scope)
        control.on_frame = conversation.count
        control.last_words = conversation.last_words
        try:
            await self._serve(session, names, conversation)
        finally:
            self._places.leave(client.counted)
            self.leave_all(session)

    async def join(self, session: StreamSession, names: list[str], confirmation: str) -> None:
        """Listen to these too, once the client has been told so."""
        publisher = self.publisher
        heard = {*publisher.audience.topics_of(session), *session.private}
        fresh = [name for name in dict.fromkeys(names) if name not in heard]
        if len(heard) + len(fresh) > SUBSCRIPTIONS_MAX:
            raise too_many_streams()
        # Whatever takes time comes first: from the confirmation on, nothing may be missed.
        opened = await publisher.open(fresh)
        if confirmation:
            session.socket.send(confirmation)
        for name in fresh:
            owner = next((one for one in self.private if one.join(session, name)), None)
            if owner is None:
                publisher.join(session, name, opened)
            else:
                session.private[name] = owner

    def leave(self, session: StreamSession, names: list[str]) -> None:
        """Listen to these no more."""
        for name in names:
            owner = session.private.pop(name, None)
            if owner is None:
                self.publisher.leave(session, name)
            else:
                owner.leave(session, name)

    def leave_all(self, session: StreamSession) -> None:
        """The client is gone."""
        self.leave(session, list(session.private))
        self.publisher.leave_all(session)

    async def _serve(
        self, session: StreamSession, names: list[str], conversation: "Conversation"
    ) -> None:
        ending = asyncio.create_task(self._end(session))
        try:
            await self.join(session, names, "")
        except StreamError as error:
            session.socket.close(CloseCode.POLICY_VIOLATION, error.msg)
        try:
            await session.socket.serve(conversation.hear)
        finally:
            ending.cancel()

    async def _end(self, session: StreamSession) -> None:
        clock = self.venue.services.engine.clock
        await clock.wait_until(clock.now_ms() + LIFETIME_MS)
        session.socket.close(CloseCode.NORMAL, "Connections last 24 hours")


class Conversation:
    """Answers what one client asks."""

    def __init__(self, server: StreamServer, session: StreamSession) -> None:
        self._server = server
        self._session = session
        self._heard_s: deque[float] = deque(maxlen=MESSAGES_PER_SECOND_MAX)

    def count(self) -> bool:
        """One more message came; whether that is one too many. Then the client is dropped."""
        if not self._server.is_limited:
            return False
        now_s = asyncio.get_running_loop().time()
        heard_s = self._heard_s
        if len(heard_s) == MESSAGES_PER_SECOND_MAX and now_s - heard_s[0] < 1:
            self._session.socket.drop(EdgeReason.MESSAGES, "Too many requests")
            return True
        heard_s.append(now_s)
        return False

    def last_words(self) -> str:
        """What is said before the server goes."""
        now_ms = self._server.venue.now_ms()
        push = Push("!serverShutdown", lambda unit: {"e": "serverShutdown", "E": now_ms * unit})
        return push.text(self._session.unit, is_combined=self._session.is_combined)

    async def hear(self, text: str) -> None:
        """One frame from the client."""
        if self.count():
            return
        try:
            await self._handle(decode_request(text))
        except StreamError as error:
            self._session.socket.send(refusal(error, id_of(text)))

    async def _handle(self, request: Request) -> None:
        server, session = self._server, self._session
        result: object = None
        match request.method:
            case Method.SUBSCRIBE:
                names = stream_names(request)
                if not all(map(is_possible, names)):
                    raise invalid_stream()
                await server.join(session, names, answer(request))
                return
            case Method.UNSUBSCRIBE:
                server.leave(session, stream_names(request))
            case Method.LIST_SUBSCRIPTIONS:
                if request.params:
                    raise too_many_parameters()
                result = [*server.publisher.audience.topics_of(session), *session.private]
            case Method.SET_PROPERTY:
                check_property(request, 2)
                session.is_combined = boolean_value(request)
            case Method.GET_PROPERTY:
                check_property(request, 1)
                result = session.is_combined
        session.socket.send(answer(request, result))


def read_target(path: str, query: str) -> tuple[bool, list[str], TimeUnit] | None:
    """Whether streams are combined, which ones, and in which unit times are; None when nothing is
    served there."""
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
    return is_combined, [name for name in names if is_stream(name)], unit


def is_stream(name: str) -> bool:
    """Whether it can be a stream, and is not just the number of a client's connection."""
    return is_possible(name) and not name.isdigit()
