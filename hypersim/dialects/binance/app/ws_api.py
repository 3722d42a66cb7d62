"""The WebSocket API, `/ws-api/v3`: the operations of the REST API as JSON frames.

Requests of one connection run side by side, in the order in which they came until they first wait;
the answer of each is sent as soon as it is there.
"""

import asyncio
from collections.abc import Iterable
from urllib.parse import parse_qs

import msgspec

from hypersim.account.user import ApiKey
from hypersim.api.asgi import Receive, Scope, Send
from hypersim.api.edge.client import Client, Counted, client_of
from hypersim.api.sockets.places import Places
from hypersim.api.sockets.socket import CloseCode, Socket
from hypersim.api.traffic import OTHER
from hypersim.dialects.binance.app import frames
from hypersim.dialects.binance.auth import (
    Security,
    authenticate,
    check_time,
    usable_key,
)
from hypersim.dialects.binance.errors.general import BANNED, BinanceError, rejected_key
from hypersim.dialects.binance.errors.parameters import invalid_json, mandatory
from hypersim.dialects.binance.limits.connections import Attempts, connection_of, refuse_handshake
from hypersim.dialects.binance.limits.weights import LimitRow
from hypersim.dialects.binance.numbers import TIME_UNITS
from hypersim.dialects.binance.params.reading import BOOLEANS, Params
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.venue import Call, Operation, Venue, perform

PATH = "/ws-api/v3"
VERSION = "v3/"
CONNECT_WEIGHT = 2
LIFETIME_MS = 24 * 60 * 60 * 1000
IN_FLIGHT_MAX = 256
"""Requests of one connection that run at a time; further ones are not read meanwhile."""


class WebSocketApi:
    """Serves connections. An ASGI app for `websocket` scopes."""

    def __init__(self, venue: Venue, operations: Iterable[Operation]) -> None:
        self.venue = venue
        self._methods = {name: one for one in operations for name in one.methods}
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

    def operation(self, method: str) -> Operation | None:
        """The operation of that name, with or without the API's version."""
        return self._methods.get(method.removeprefix(VERSION))

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
        self._venue = api.venue
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
        request_id = msgspec.Raw(b"null")
        exchange = Exchanged(self._venue, self._session)
        traffic, status, code = self._venue.services.traffic, 200, 0
        begun = traffic.begin()
        try:
            frame = self._decode(text)
            request_id = frame.id
            result = await self._perform(frame, exchange)
        except BinanceError as error:
            if error.code == -1135:
                request_id = frames.id_of(text)
            status, code = error.status, error.code
            now = self._venue.now_ms() * self._session.unit
            answer = frames.failure(request_id, error, exchange.limits(), now)
        else:
            answer = frames.answer(request_id, result, exchange.limits())
        traffic.count(
            "binance",
            exchange.endpoint,
            status,
            begun=begun,
            client=self._session.client.address,
            account_id=exchange.who.account_id,
            code=code,
        )
        self._session.send(answer)
        if status == BANNED:
            self._session.ban()

    def _decode(self, text: str) -> frames.Frame:
        try:
            return frames.decode_frame(text)
        except BinanceError:
            # What is no request weighs as much as the lightest.
            self._venue.clients.charge(self._who(), 1, self._venue.now_ms())
            raise

    async def _perform(self, frame: frames.Frame, exchange: "Exchanged") -> object:
        values = frames.read_values(frame.params or {})
        operation = self._api.operation(frame.method)
        if operation is not None:
            exchange.endpoint = f"ws {operation.methods[0]}"
        # A copy, as reading takes parameters out and the signature covers all of them.
        params = Params(dict(values), is_lenient=operation is not None and operation.is_lenient)
        wants_limits = params.boolean("returnRateLimits")
        if wants_limits is not None:
            exchange.shows = wants_limits
        weight = 1 if operation is None else operation.weight_of(params)
        venue, session, begun_ms = self._venue, self._session, self._venue.now_ms()
        exchange.who = who = self._who(values.get("apiKey"))
        venue.clients.charge(who, weight, begun_ms)
        if operation is None:
            raise invalid_json(f"Invalid 'method' in JSON request; unknown '{frame.method[:60]}'.")
        call = Call(venue, params, unit=session.unit, session=session, who=who)
        if operation.security is Security.NONE:
            # Not needed any more, but old clients send it, and Binance ignores it.
            params.drop("apiKey")
        else:
            call.key = self._authenticate(operation.security, params, values)
        if operation.orders:
            exchange.account_id = call.account_id
        result = await perform(operation, call)
        if operation.is_free_when_done:
            venue.clients.forgive(who, weight, begun_ms, venue.now_ms())
        return result

    def _who(self, name: str | None = None) -> Counted:
        return self._session.who(self._venue.services.engine.view.keys, name)

    def _authenticate(self, security: Security, params: Params, values: dict[str, str]) -> ApiKey:
        """The key that the request names, else the one that is logged on."""
        services, session = self._venue.services, self._session
        name = params.take("apiKey")
        if name is not None:
            return authenticate(
                services,
                security,
                params,
                name=name,
                payloads=frames.signed_payloads(values),
                address=session.client.address,
            )
        if session.forget_lost_key(services.engine.view.keys):
            # Binance ends the session with this very answer ("API key revocation").
            raise rejected_key()
        if session.key is None:
            raise mandatory("apiKey")
        key = usable_key(services, session.key.key, session.client.address, security)
        if security is not Security.KEY:
            params.drop("signature")
            check_time(services, params)
        return key


class Exchanged:
    """What a response says about rate limits."""

    def __init__(self, venue: Venue, session: Session) -> None:
        self._venue = venue
        self.who = session.client.counted
        self.endpoint = OTHER
        self.shows = session.shows_limits
        self.account_id: int | None = None

    def limits(self) -> list[LimitRow] | None:
        """Current usage, of orders too where the request placed some; None when not wanted."""
        if not self.shows:
            return None
        venue, now_ms = self._venue, self._venue.now_ms()
        rows = [] if self.account_id is None else venue.order_counts.rows(self.account_id, now_ms)
        return [*rows, venue.clients.row(self.who, now_ms)]
