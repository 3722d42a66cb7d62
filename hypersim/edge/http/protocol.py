"""HTTP/1.1 on one connection: uvicorn's, with a short way for apps that answer plainly."""

import asyncio
from contextvars import Context
from typing import Any, cast

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.edge import Edge
from hypersim.edge.http.flow import Part
from hypersim.edge.http.input import HttpInput
from hypersim.edge.plain import Answer, PlainApp

PLAIN_BODY_BYTES_MAX = 32_768
"""Larger bodies go over ASGI, which can tell the client to wait. Half of uvicorn's own mark."""

_END = b"\r\n"
_LAST = b"connection: close\r\n\r\n"

log = structlog.get_logger(__name__)


class HttpProtocol(HttpInput):
    """A request that can be answered plainly waits for its body and is answered by one write."""

    def __init__(self, edge: Edge, **kwargs: Any) -> None:
        super().__init__(edge, **kwargs)
        self._plain_app = self.app if isinstance(self.app, PlainApp) else None
        self._plain_body_max = min(PLAIN_BODY_BYTES_MAX, edge.limits.body_bytes)
        self._waiting: tuple[RequestResponseCycle, Answer] | None = None
        self._answering: asyncio.Task[None] | None = None
        """One at a time: what is pipelined waits."""

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        super().on_body(body)
        if self._waiting is not None and len(self.cycle.body) > self._plain_body_max:
            cycle, _ = self._waiting
            self._waiting = None
            self._start_over_asgi(cycle, self.app)

    def on_message_complete(self) -> None:
        """See uvicorn."""
        super().on_message_complete()
        if self._waiting is not None and not self.cycle.more_body:
            cycle, answer = self._waiting
            self._waiting = None
            self._start(cycle, answer)

    def on_response_complete(self) -> None:
        """See uvicorn."""
        self.server_state.total_requests += 1
        if self.transport.is_closing() or self.connection.is_leaving:
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._is_last and self._refusal is not None:
            self._send_refusal()
        elif self._is_half_closed and not self._unread:
            self.transport.close()
        else:
            self.connection.deadline = self.loop.time() + self._limits.idle_s
        if self._unread or self.flow.read_paused:
            self._read_on()

    def shutdown(self) -> None:
        """Nothing more is read; what was received is answered."""
        if self._part is Part.BODY:
            self.cycle.keep_alive = False
            return
        self.flow.pause_reading()
        self._is_last = True
        self._unread.clear()
        if not self.is_busy:
            self.transport.close()
        elif self.pipeline:
            self.pipeline[0][0].keep_alive = False
        elif self._active is not None:
            self._active.keep_alive = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active = cycle
        answer = self._plain_answer(cycle)
        if answer is None:
            self._start_over_asgi(cycle, app)
        elif cycle.more_body:
            self._waiting = cycle, answer
        else:
            self._start(cycle, answer)

    def _start_over_asgi(self, cycle: RequestResponseCycle, app: AsgiApp) -> None:
        async def until_given_up(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                self._give_up(cycle)

        super()._start_asgi_task(cycle, cast(Any, until_given_up))

    def _plain_answer(self, cycle: RequestResponseCycle) -> Answer | None:
        """Only where nothing special is asked of HTTP, and the client takes what it is sent."""
        if (
            self._plain_app is None
            or cycle.waiting_for_100_continue
            or self.flow.write_paused
            or len(cycle.body) > self._plain_body_max
            or cycle.scope["method"] == "HEAD"
        ):
            return None
        # The same at run time; uvicorn has a type of its own.
        scope: Any = cycle.scope
        return self._plain_app.plain(scope)

    def _start(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        task = self.loop.create_task(self._respond(cycle, answer), context=Context())
        self._answering = task
        self.tasks.add(task)

    def _give_up(self, cycle: RequestResponseCycle) -> None:
        """The server stops. Nobody knows whether it was done; a 500 would look as if one did."""
        cycle.disconnected = True
        self.transport.abort()

    def _forget(self, cycle: RequestResponseCycle) -> None:
        self._waiting = None
        super()._forget(cycle)

    async def _respond(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        try:
            response = await answer(bytes(cycle.body))
        except asyncio.CancelledError:
            self._give_up(cycle)
            return
        except Exception:
            log.exception("an answer failed", path=cycle.scope["path"])
            await cycle.send_500_response()
            return
        finally:
            # As a callback of the task it would be one more turn of the loop for each answer.
            if self._answering is not None:
                self.tasks.discard(self._answering)
        if self.transport.is_closing() or self.connection.is_leaving:
            return
        lines = [STATUS_LINE[response.status]]
        for name, value in (*self.server_state.default_headers, *response.all_headers()):
            lines += (name, b": ", value, _END)
        lines += (_END if cycle.keep_alive else _LAST, response.body)
        self.transport.write(b"".join(lines))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self._finish()
        self.on_response_complete()
