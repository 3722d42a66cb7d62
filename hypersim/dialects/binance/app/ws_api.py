"""The WebSocket API, `/ws-api/v3`: the operations of the REST API as JSON frames.

Requests of one connection run side by side, in the order in which they came until they first wait;
the answer of each is sent as soon as it is there.
"""

import asyncio
from collections.abc import Iterable
from urllib.parse import parse_qs

from hypersim.api.asgi import Receive, Scope, Send
from hypersim.api.edge.client import Client, Counted, client_of
from hypersim.api.sockets.places import Places
from hypersim.api.sockets.socket import CloseCode, Socket
from hypersim.api.steps import take
from hypersim.dialects.binance.app.ws_calls import FrameCall, Frames
from hypersim.dialects.binance.errors.general import BANNED, BinanceError
from hypersim.dialects.binance.limits.connections import Attempts, connection_of, refuse_handshake
from hypersim.dialects.binance.numbers import TIME_UNITS
from hypersim.dialects.binance.params.reading import BOOLEANS
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.venue import Operation, Venue

PATH = "/ws-api/v3"
CONNECT_WEIGHT = 2
LIFETIME_MS = 24 * 60 * 60 * 1000
IN_FLIGHT_MAX = 256
"""Requests of one connection that run at a time; further ones are not read meanwhile."""


class WebSocketApi:
    """Serves connections. An ASGI app for `websocket` scopes."""

    def __init__(self, venue: Venue, operations: Iterable[Operation]) -> None:
        self.venue = venue
        self.steps = Frames(venue, {name: one for one in operations for name in one.methods})
        self._places = Places(count=venue.services.edge.count)
        self._attempts = Attempts(is_enforced=venue.clients.is_enforced)
        self._sessions: set[Session] = set()
        venue.clients.on_ban.append(self._disconnect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        connection, client = connection_of(scope, receive, send), client_of(scope)
        options = parse_qs(scope["query_string"].decode("latin-1"))
        unit = TIME_UNITS.get(options.get("timeUnit", ["MILLISECOND"])[-1])
        if scope["path"] != PATH or unit is None:
            # Before it is accepted this answers the handshake with an HTTP error.
            await connection.close(CloseCode.POLICY_VIOLATION)
            return
        try:
            self._count_connection(client)
        except BinanceError as error:
            await refuse_handshake(send, error, self.venue.now_ms())
            return
        await connection.accept()
        if not self._places.take(client.counted):
            await connection.close(CloseCode.POLICY_VIOLATION, "Too many connections")
            return
        session = Session(
            # Requests are limited by their weight, as over REST; Binance counts no messages here.
            Socket(connection, messages_max=None, count=self.venue.services.edge.count),
            client=client,
            unit=unit,
            shows_limits=BOOLEANS.get(options.get("returnRateLimits", ["true"])[-1], True),
            connected_ms=self.venue.now_ms(),
        )
        self._sessions.add(session)
        try:
            await self._serve(session)
        finally:
            self._sessions.remove(session)
            self._places.leave(client.counted)
            session.close()

    def _count_connection(self, client: Client) -> None:
        now_ms = self.venue.now_ms()
        self._attempts.take(client.counted, now_ms)
        self.venue.clients.charge(client.counted, CONNECT_WEIGHT, now_ms)

    def _disconnect(self, who: Counted) -> None:
        """Whoever is banned is disconnected (web-socket-api.md, "IP limits"), after the answer that
        tells of the ban."""
        keys, loop = self.venue.services.engine.view.keys, asyncio.get_running_loop()
        for session in self._sessions:
            if session.who(keys) == who:
                loop.call_soon(session.ban)

    async def _serve(self, session: Session) -> None:
        ending = asyncio.create_task(self._end(session))
        try:
            await session.socket.serve(Conversation(self, session).hear)
        finally:
            ending.cancel()

    async def _end(self, session: Session) -> None:
        await self.venue.services.engine.clock.wait_until(session.connected_ms + LIFETIME_MS)
        session.socket.close(CloseCode.NORMAL, "Connections last 24 hours")


class Conversation:
    """Answers what one client asks."""

    def __init__(self, api: WebSocketApi, session: Session) -> None:
        self._api = api
        self._session = session
        self._running: set[asyncio.Task[None]] = set()

    async def hear(self, text: str) -> None:
        """One frame from the client."""
        if len(self._running) >= IN_FLIGHT_MAX:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._answer(text))
        # A client that hangs up takes nothing back: what it asked for runs to its end.
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, text: str) -> None:
        call = FrameCall(self._api.venue, self._session, text)
        self._session.send(await take(self._api.steps, call))
        if call.status == BANNED:
            self._session.ban()
