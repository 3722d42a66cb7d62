"""HTTP/1.1 on one connection: uvicorn's, with two shorter ways for apps that answer plainly: one
without ASGI's messages, one for a request that came whole, without parser and task too."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, cast

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.edge import Edge
from hypersim.edge.http.flow import Part
from hypersim.edge.http.input import HttpInput
from hypersim.edge.http.reading import SLICE_BYTES
from hypersim.edge.http.short import ShortReader, ShortRequest
from hypersim.edge.plain import Answer, Header, PlainApp, Response
from hypersim.service.errand import Errand, Failure

PLAIN_BODY_BYTES_MAX = 32_768
"""Larger bodies go over ASGI, which can tell the client to wait. Half of uvicorn's own mark."""

_HEADER = b"%b: %b\r\n"
_BODY_HEADERS = b"content-type: %b\r\ncontent-length: %d\r\n"
_END = b"\r\n"
_LAST = b"connection: close\r\n\r\n"

_FAILED = Response(500, b"Internal Server Error", (), b"text/plain; charset=utf-8")
"""As uvicorn says it."""

log = structlog.get_logger(__name__)


class HttpProtocol(HttpInput):
    """A request that can be answered plainly waits for its body and is answered by one write."""

    def __init__(self, edge: Edge, **kwargs: Any) -> None:
        super().__init__(edge, **kwargs)
        self._plain_app = self.app if isinstance(self.app, PlainApp) else None
        self._plain_body_max = min(PLAIN_BODY_BYTES_MAX, edge.limits.body_bytes)
        self._waiting: tuple[RequestResponseCycle, Answer] | None = None
        self._errand: Errand[Response] | None = None
        """One at a time: what is pipelined waits."""
        self._under_way: set[Any] = cast(Any, self.tasks)
        self._reader: ShortReader | None = None
        self._defaults: Iterable[Header] = ()
        self._default_lines = b""
        """Of an answer's head, the same in all of them."""
        limits = edge.limits
        self._short_max = min(
            SLICE_BYTES, limits.request_line_bytes, limits.head_bytes, self._plain_body_max
        )
        """No part of so short a request can be over its own limit."""

    def data_received(self, data: bytes) -> None:
        """See uvicorn."""
        if not (self._may_be_short(data) and self._answer_shortly(data)):
            super().data_received(data)

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

    # The short way

    def _may_be_short(self, data: bytes) -> bool:
        """The gate: nothing is under way on this connection or held back, and a whole request may
        have come."""
        active = self._active
        return (
            len(data) <= self._short_max
            and (active is None or active.response_complete or active.disconnected)
            and not (self.pipeline or self._unread or self._is_last)
            and not (self.flow.write_paused or self.connection.is_leaving)
            and self._pieces.are_none
            and self._plain_app is not None
        )

    def _answer_shortly(self, data: bytes) -> bool:
        """Whether it is a plain request. What it does is done now; it is answered now, or when the
        batch that it waits for is durable."""
        if self._reader is None:
            self._reader = ShortReader(
                self._edge.forms, self.client, self._limits.headers, self.is_gone
            )
        found = self._reader.read(data)
        if found is None or self._plain_app is None:
            return False
        scope, body = found
        answer = self._plain_app.plain(scope)
        if answer is None:
            return False
        if not self._has_asked:
            self._has_asked = True
            self._edge.has_asked(self.connection)
        self._active = ShortRequest(scope)
        self._begin_answer(answer(body)).step()
        return True

    # Without ASGI's messages

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
        # Not now: the parser is at work.
        self.loop.call_soon(self._begin_answer(answer(bytes(cycle.body))).step)

    def _begin_answer(self, answer: Coroutine[Any, Any, Response]) -> Errand[Response]:
        errand = self._errand = Errand(answer, self._answered)
        # Who stops the server waits for it, and at last cancels it, as if it were a task.
        self._under_way.add(errand)
        return errand

    def _answered(self, response: Response | None, failure: Failure | None) -> None:
        self._under_way.discard(self._errand)
        request = self._active
        assert request is not None
        if isinstance(failure, asyncio.CancelledError):
            self._give_up(request)
            return
        if response is None:
            # The same at run time; uvicorn has a type of its own.
            scope: Any = request.scope
            log.error("an answer failed", path=scope["path"], exc_info=failure)
            response, request.keep_alive = _FAILED, False
        self._write(request, response)

    def _give_up(self, cycle: RequestResponseCycle | ShortRequest) -> None:
        """The server stops. Nobody knows whether it was done; a 500 would look as if one did."""
        cycle.disconnected = True
        self.transport.abort()

    def _forget(self, cycle: RequestResponseCycle) -> None:
        self._waiting = None
        super()._forget(cycle)

    def _write(self, cycle: RequestResponseCycle | ShortRequest, response: Response) -> None:
        if self.transport.is_closing() or self.connection.is_leaving:
            return
        defaults = self.server_state.default_headers
        if defaults is not self._defaults:
            # With every second another list.
            self._defaults = defaults
            self._default_lines = b"".join([_HEADER % header for header in defaults])
        lines = [
            STATUS_LINE[response.status],
            self._default_lines,
            _BODY_HEADERS % (response.content_type, len(response.body)),
        ]
        for header in response.headers:
            lines.append(_HEADER % header)
        lines += (_END if cycle.keep_alive else _LAST, response.body)
        self.transport.write(b"".join(lines))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self._finish()
        self.on_response_complete()
