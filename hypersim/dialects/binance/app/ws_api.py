"""The WebSocket API, `/ws-api/v3`: the operations of the REST API as JSON frames.

Requests of one connection run side by side, in the order in which they came until they first wait;
the answer of each is sent as soon as it is there.
"""

from collections.abc import Iterable
from urllib.parse import parse_qs

from hypersim.api.sockets.budget import Budget
from hypersim.api.sockets.serving import Opened, SocketServer
from hypersim.api.sockets.socket import Socket
from hypersim.api.steps import take
from hypersim.dialects.binance.app.ws_calls import PATH, FrameCall, Frames
from hypersim.dialects.binance.errors.general import BANNED, BinanceError
from hypersim.dialects.binance.limits.connections import SOCKETS, Attempts, refusal
from hypersim.dialects.binance.numbers import TIME_UNITS, TimeUnit
from hypersim.dialects.binance.params.reading import BOOLEANS
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.venue import Operation, Venue
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client, Counted
from hypersim.edge.plain import NoAnswer
from hypersim.edge.sockets.control import CloseCode

CONNECT_WEIGHT = 2

POLICY = SOCKETS._replace(budget=Budget(messages=None), in_flight=256)
"""Requests are limited by their weight, as over REST; Binance counts no messages here."""


class WebSocketApi:
    """Serves connections."""

    def __init__(self, venue: Venue, operations: Iterable[Operation]) -> None:
        self.venue = venue
        self.steps = Frames(venue, {name: one for one in operations for name in one.methods})
        self.serve = SocketServer(venue.services, POLICY, self._open)
        """An ASGI app for `websocket` scopes."""
        self.sessions: set[Session] = set()
        self._attempts = Attempts(is_enforced=venue.clients.is_enforced)
        venue.clients.on_ban.append(self._disconnect)

    def _open(self, scope: Scope, client: Client) -> Opened:
        options = parse_qs(scope["query_string"].decode("latin-1"))
        unit = TIME_UNITS.get(options.get("timeUnit", ["MILLISECOND"])[-1])
        if scope["path"] != PATH or unit is None:
            return None
        try:
            self._count_connection(client)
        except BinanceError as error:
            return refusal(error, self.venue.now_ms())
        shows_limits = BOOLEANS.get(options.get("returnRateLimits", ["true"])[-1], True)
        return lambda socket: ApiClient(self, socket, client, unit, shows_limits=shows_limits)

    def _count_connection(self, client: Client) -> None:
        now_ms = self.venue.now_ms()
        self._attempts.take(client.counted, now_ms)
        self.venue.clients.charge(client.counted, CONNECT_WEIGHT, now_ms)

    def _disconnect(self, who: Counted) -> None:
        """Whoever is banned is disconnected (web-socket-api.md, "IP limits"), after the answer that
        tells of the ban."""
        keys = self.venue.services.engine.view.keys
        for session in self.sessions:
            if session.who(keys) == who:
                session.socket.later(session.ban)


class ApiClient(Session):
    """Answers what one client asks."""

    def __init__(
        self,
        api: WebSocketApi,
        socket: Socket,
        client: Client,
        unit: TimeUnit,
        *,
        shows_limits: bool,
    ) -> None:
        user_data, clock = api.venue.user_data, api.venue.services.engine.clock
        super().__init__(
            socket, user_data, clock, client=client, unit=unit, shows_limits=shows_limits
        )
        self._api = api
        api.sessions.add(self)

    async def hear(self, text: str) -> None:
        """See `serving.Session`."""
        call = FrameCall(self._api.venue, self, text)
        try:
            self.socket.send(await take(self._api.steps, call))
        except NoAnswer:
            self.socket.close(CloseCode.INTERNAL_ERROR, "")
        if call.status == BANNED:
            self.ban()

    def end(self) -> None:
        """See `serving.Session`."""
        super().end()
        self._api.sessions.remove(self)
