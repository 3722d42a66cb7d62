"""WebSockets as every dialect serves them: an outbox that a slow reader cannot block, and limits.

Nobody waits for a reader. Who has something to say puts a frame into a socket's outbox and goes
on; a task per socket sends what lies there. A reader that lets its outbox fill up is dropped.

Answers go out at once, events in one of the next turns of the event loop, drawn per socket. A
client may have two sockets that follow one market, and listen only to the one that tells it first:
CCXT skips an update of a book that it has, so a call on the other socket never returns. On a real
venue the first is now the one, now the other. Here the order in which sockets are filled does not
decide: uvloop writes what was given to it in one turn in an order of its own, always the same.

Pings come from the server beneath (uvicorn: every 20 s, a peer that does not answer within 20 s is
dropped), and so does the largest frame that is taken, `EdgeLimits.websocket_message_bytes`.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from hypersim.api.sockets.budget import USUAL, Budget, Heard
from hypersim.edge.asgi import Receive, Scope, Send
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.sockets.control import CloseCode, control_of
from hypersim.faults import Cut, Freeze
from hypersim.service.clock import Clock
from hypersim.service.outboxes import Outboxes
from hypersim.service.waking import wake
from hypersim.service.watch.requests import Request

SUBSCRIPTIONS_MAX = 1_024
"""Per socket."""

OUTBOX_FRAMES_MAX = 10_000
OUTBOX_BYTES_MAX = 16_000_000
"""What may wait for a reader, per socket."""

TOGETHER_FRAMES_MAX = 64
TOGETHER_BYTES_MAX = 65_536
"""What is handed to the system at once of what waits for a reader."""

CLOSE_WAIT_S = 2.0
"""How long a dropped reader may take to read why; nobody but its own task waits."""

TURNS = 4
"""An event is sent in one of so many turns of the event loop. With four, either of two sockets is
the first in three rounds of eight at least."""

Count = Callable[[EdgeReason], object]

log = structlog.get_logger(__name__)


def ignore(_: EdgeReason) -> None:
    """Where nobody counts."""


def may_hear(topics: int, of_venue: int | None = None) -> bool:
    """Whether a socket may follow so many; `of_venue` is what a venue allows, if that is less."""
    return topics <= min(of_venue or SUBSCRIPTIONS_MAX, SUBSCRIPTIONS_MAX)


class Binary(bytes):
    """A frame that is no text. Any other frame is text, written in UTF-8."""


Frame = str | bytes


class Socket:
    """One client's connection, once it is accepted. `count` hears why it was dropped."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        outboxes: Outboxes,
        clock: Clock,
        *,
        dialect: str = "",
        handshake: Request | None = None,
        budget: Budget = USUAL,
        count: Count = ignore,
    ) -> None:
        self.dialect = dialect
        self.handshake = handshake
        self._receive = receive
        self._send = send
        self._outboxes = outboxes
        self._count = count
        self._budget = budget
        self._heard = Heard(budget, clock)
        self._control = control_of(scope)
        if budget.counts_pings:
            self._control.on_frame = self._is_within_budget
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._is_filled = False
        """Something lies in the outbox, or is being sent from there."""
        self._idle: asyncio.Future[None] | None = None
        self._is_gone = False
        self._is_frozen = False
        self._is_cut = False
        self._turns = 0
        """How many to wait before what lies in the outbox is sent."""
        self._last: tuple[CloseCode, str] | None = None
        """How it is closed once the outbox is empty."""
        self._closing: asyncio.Future[tuple[CloseCode, str]] = (
            asyncio.get_running_loop().create_future()
        )

    @property
    def is_closing(self) -> bool:
        """Nothing more is sent."""
        return self._closing.done()

    def is_away(self) -> bool:
        """Whether the client hung up, or is sent away."""
        return self._is_gone or self.is_closing

    @property
    def is_open(self) -> bool:
        """Something can be said."""
        return not (self._is_frozen or self._closing.done())

    @property
    def is_empty(self) -> bool:
        """See `Outbox`."""
        return not self._is_filled or self._is_gone or not self.is_open

    @property
    def is_half_full(self) -> bool:
        """See `Outbox`."""
        frames, size = len(self._frames), self._bytes
        return 2 * frames > OUTBOX_FRAMES_MAX or 2 * size > OUTBOX_BYTES_MAX

    def hold_up_no_longer(self) -> None:
        """See `Outbox`."""
        self.drop(EdgeReason.OUTBOX, "You read too slowly; connect again")

    def send(self, frame: Frame) -> None:
        """Have an answer sent after the frames before it. Never waits; a full outbox drops the
        reader with code 1008."""
        self._turns = 0
        self._put(frame)

    def push(self, frame: Frame) -> None:
        """As `send`, for an event that others may hear of too."""
        self._outboxes.pushed += 1
        if not self._is_filled:
            self._turns = int(random.random() * TURNS)
        self._put(frame)

    def _put(self, frame: Frame) -> None:
        if self._is_frozen or self._closing.done() or self._last is not None:
            return
        if isinstance(frame, str):
            frame = frame.encode()
        if len(self._frames) >= OUTBOX_FRAMES_MAX or self._bytes + len(frame) > OUTBOX_BYTES_MAX:
            self.hold_up_no_longer()
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        if not self._is_filled:
            self._fill()

    def _fill(self) -> None:
        self._is_filled = True
        wake(self._idle)

    def drop(self, why: EdgeReason, reason: str) -> None:
        """Have it closed with code 1008 for what the client did, and counted."""
        if not self.is_closing:
            self._count(why)
            log.warning("websocket dropped", reason=why.value)
        self.close(CloseCode.POLICY_VIOLATION, reason)

    def close(self, code: CloseCode, reason: str) -> None:
        """Have it closed; what was not sent yet is not sent any more."""
        if not self.is_closing:
            self._closing.set_result((code, reason))

    def suffer(self, effect: Cut | Freeze) -> None:
        """Be gone, without a word of why; or stay, and neither say nor hear anything any more."""
        if isinstance(effect, Cut):
            self._is_cut = True
            self.close(CloseCode.INTERNAL_ERROR, "")
            return
        self._is_frozen = self._control.is_frozen = True
        while self._frames:
            self._bytes -= len(self._frames.popleft())

    def cut_off(self) -> None:
        """Have it closed: something cannot be told whole."""
        self.close(CloseCode.TRY_AGAIN_LATER, "Too much happened; connect again")

    def finish(self, code: CloseCode, reason: str) -> None:
        """Have it closed after what was said so far; nothing more is said."""
        if self._last is None:
            self._last = code, reason
            self._turns = 0
            self._fill()

    def later(self, what: Callable[[], object]) -> None:
        """Have it done after the answer to what the client may just have asked."""
        asyncio.get_running_loop().call_soon(what)

    async def serve(self, hear: Callable[[str], Awaitable[None]]) -> None:
        """Hand over what the client says until one side closes."""
        self._outboxes.add(self)
        working: set[asyncio.Future[Any]] = {
            asyncio.create_task(self._read(hear)),
            asyncio.create_task(self._write()),
        }
        try:
            await asyncio.wait({*working, self._closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._outboxes.remove(self)
            for task in working:
                task.cancel()
            outcomes = await asyncio.gather(*working, return_exceptions=True)
        if self.is_closing and not (self._is_gone or self._is_cut or self._is_frozen):
            await self._say_goodbye()
        self._closing.cancel()
        for outcome in outcomes:
            # A client that is away makes sending fail.
            if isinstance(outcome, Exception) and not isinstance(outcome, OSError):
                raise outcome

    async def _read(self, hear: Callable[[str], Awaitable[None]]) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._is_gone = True
                return
            if self._is_frozen:
                continue
            if not self._is_within_budget():
                return
            await hear(message.get("text") or "")

    def _is_within_budget(self) -> bool:
        """Count a message; one too many drops the client."""
        if self._heard.has_room():
            return True
        self.drop(EdgeReason.MESSAGES, self._budget.words)
        return False

    async def _write(self) -> None:
        while True:
            if not self._is_filled:
                self._idle = asyncio.get_running_loop().create_future()
                await self._idle
            while self._turns:
                self._turns -= 1
                await asyncio.sleep(0)
            while self._frames and not (self.is_closing or self._is_gone):
                frames = self._next_frames()
                await self._send(self._message(frames))
                self._bytes -= sum(map(len, frames))
            if self._last is not None:
                self.close(*self._last)
            self._is_filled = False

    def _next_frames(self) -> list[bytes]:
        """Those that are sent together: text, where the server beneath takes it as it is."""
        waiting = self._frames
        frames = [waiting.popleft()]
        if isinstance(frames[0], Binary) or not self._control.takes_utf8:
            return frames
        size = len(frames[0])
        while waiting and len(frames) < TOGETHER_FRAMES_MAX and not isinstance(waiting[0], Binary):
            size += len(waiting[0])
            if size > TOGETHER_BYTES_MAX:
                break
            frames.append(waiting.popleft())
        return frames

    def _message(self, frames: list[bytes]) -> dict[str, Any]:
        frame = frames[0]
        if isinstance(frame, Binary):
            return {"type": "websocket.send", "bytes": frame}
        text = frames if self._control.takes_utf8 else frame.decode()
        return {"type": "websocket.send", "text": text}

    async def _say_goodbye(self) -> None:
        code, reason = self._closing.result()
        try:
            # The wall's time, as all of a connection.
            async with asyncio.timeout(CLOSE_WAIT_S):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (TimeoutError, OSError):
            # Gone, or too slow even for this: returning ends the connection.
            return
