"""Serving sockets, the same for every dialect: who is let in, how long it lasts, how it ends."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator
from typing import NamedTuple

from hypersim.account.user import ApiKey
from hypersim.api.services import Services
from hypersim.api.sockets.budget import USUAL, Budget
from hypersim.api.sockets.handshakes import handshake_of, watched
from hypersim.api.sockets.socket import Count, Socket, ignore
from hypersim.edge.asgi import Receive, Scope, Send
from hypersim.edge.client import Client, Counted, client_of
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.sockets.control import CloseCode, control_of
from hypersim.faults import About, Cut, Freeze
from hypersim.service.armed import Armed, Pushed

SOCKETS_PER_ADDRESS_MAX = 300


class Policy(NamedTuple):
    """What a `dialect` allows, and what it says to whom it closes. `life_ms` is on the exchange's
    clock; `in_flight` messages of a client are handled side by side, further ones are not read
    meanwhile."""

    dialect: str
    no_place: str
    budget: Budget = USUAL
    life_ms: int | None = None
    life_over: str = ""
    in_flight: int = 1


class Session:
    """A client of a dialect, which says here what it does; frames for it go to its socket."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    @property
    def keys(self) -> Collection[ApiKey]:
        """The API keys that it was opened or logged in with."""
        return ()

    async def begin(self) -> None:
        """The socket is accepted, and nothing is read yet."""

    async def hear(self, text: str) -> None:
        """One message from the client."""

    def last_words(self) -> bytes | None:
        """A text frame that is sent before the server goes, if any."""
        return None

    def end(self) -> None:
        """The client is gone."""


class Refusal(NamedTuple):
    """The answer to a handshake, as over HTTP: JSON, with these headers besides."""

    status: int
    body: bytes
    headers: Iterable[tuple[bytes, bytes]] = ()


UNAVAILABLE = Refusal(503, b"")
"""Nobody is there: what stands before a venue says so, not the venue."""

Opened = Callable[[Socket], Session] | Refusal | None
"""What a handshake gets; nothing where nothing is served."""

Open = Callable[[Scope, Client], Opened]


class SocketServer:
    """Serves the sockets of one of a dialect's hosts. An ASGI app for `websocket` scopes."""

    def __init__(self, services: Services, policy: Policy, open_session: Open) -> None:
        self._policy = policy if services.sockets_end else policy._replace(life_ms=None)
        self._open = open_session
        self._clock = services.engine.clock
        self._count = services.edge.count
        self._places = Places(count=self._count)
        self._outboxes = services.outboxes
        self._faults = services.faults
        self._faults.on_arm.append(self._look_at_all)
        self._sessions: dict[Session, None] = {}
        self._watch = services.watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if self._watch is None:
            await self._serve(scope, receive, send)
            return
        dialect = self._policy.dialect
        await watched(self._watch, dialect, self._serve, scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._turns_away():
            await _answer_handshake(send, UNAVAILABLE)
            return
        client = client_of(scope)
        opened = self._open(scope, client)
        if opened is None:
            await refuse(scope, receive, send)
            return
        if isinstance(opened, Refusal):
            await _answer_handshake(send, opened)
            return
        await receive()
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        if not self._places.take(client.counted):
            await _close(send, self._policy.no_place)
            return
        budget = self._policy.budget
        socket = Socket(
            scope,
            receive,
            send,
            self._outboxes,
            self._clock,
            dialect=self._policy.dialect,
            handshake=handshake_of(scope),
            budget=budget,
            count=self._count,
        )
        session = opened(socket)
        control_of(scope).last_words = session.last_words
        self._sessions[session] = None
        try:
            with self._lifetime(session.socket):
                await session.begin()
                if self._faults.is_armed_for_sockets:
                    self._look_at(session)
                await session.socket.serve(self._hearing(session))
        finally:
            self._places.leave(client.counted)
            del self._sessions[session]
            session.end()

    def _turns_away(self) -> bool:
        """Whether a fault has handshakes refused."""
        if not self._faults.is_armed_for_sockets:
            return False
        pushed = Pushed(About.HANDSHAKE, self._policy.dialect)
        return bool(self._faults.hit_push(pushed, self._clock.now_ms()))

    def _look_at_all(self, armed: Armed) -> None:
        """At the sockets that are open, as soon as something may go wrong with them."""
        from_ms = armed.match.from_
        if isinstance(from_ms, int) and from_ms > self._clock.now_ms():
            self._clock.at(from_ms, self._look_now)
        else:
            self._look_now()

    def _look_now(self) -> None:
        for session in list(self._sessions):
            self._look_at(session)

    def _look_at(self, session: Session) -> None:
        if not session.socket.is_open:
            return
        pushed = Pushed(About.SOCKET, self._policy.dialect, session.keys)
        for effect in self._faults.hit_push(pushed, self._clock.now_ms()):
            if isinstance(effect, Cut | Freeze):
                session.socket.suffer(effect)

    @contextlib.contextmanager
    def _lifetime(self, socket: Socket) -> Iterator[None]:
        """Closes the socket when its time is over."""
        life_ms = self._policy.life_ms
        if life_ms is None:
            yield
            return
        words = self._policy.life_over
        end_ms = self._clock.now_ms() + life_ms
        ending = self._clock.at(end_ms, lambda: socket.close(CloseCode.NORMAL, words))
        try:
            yield
        finally:
            ending.cancel()

    def _hearing(self, session: Session) -> Callable[[str], Awaitable[None]]:
        in_flight = self._policy.in_flight
        if in_flight == 1:
            return session.hear
        running: set[asyncio.Task[None]] = set()

        async def hear(text: str) -> None:
            if len(running) >= in_flight:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            # A client that hangs up takes nothing back: what it asked for runs to its end.
            task = asyncio.create_task(session.hear(text))
            running.add(task)
            task.add_done_callback(running.discard)

        return hear


class Places:
    """How many sockets each client has open. `count` hears of each that finds no place."""

    def __init__(self, per_address: int = SOCKETS_PER_ADDRESS_MAX, count: Count = ignore) -> None:
        self._per_address = per_address
        self._count = count
        self._taken: dict[Hashable, int] = {}

    def take(self, client: Counted) -> bool:
        """Whether there is one left; it is taken until `leave`."""
        taken = self._taken.get(client.name, 0) + 1
        if client.is_over(taken, self._per_address):
            self._count(EdgeReason.SOCKETS_PER_ADDRESS)
            return False
        self._taken[client.name] = taken
        return True

    def leave(self, client: Counted) -> None:
        """Give one back."""
        self._taken[client.name] -= 1
        if not self._taken[client.name]:
            del self._taken[client.name]


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing is served there. An ASGI app; the server answers the handshake with HTTP 403."""
    del scope, receive
    await _close(send, "")


async def _close(send: Send, reason: str) -> None:
    await send({"type": "websocket.close", "code": CloseCode.POLICY_VIOLATION, "reason": reason})


async def _answer_handshake(send: Send, refusal: Refusal) -> None:
    length = b"%d" % len(refusal.body)
    own = [(b"content-type", b"application/json"), (b"content-length", length)]
    head = {"status": refusal.status, "headers": [*own, *refusal.headers]}
    await send({"type": "websocket.http.response.start", **head})
    await send({"type": "websocket.http.response.body", "body": refusal.body})
