"""HTTP/1.1 on one connection: uvicorn's, with a short way for apps that answer plainly."""

from typing import Any, cast

import structlog
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from hypersim.api.dialect import Scope
from hypersim.api.plain_http import Answer, PlainApp

PLAIN_BODY_BYTES_MAX = 32_768
"""Larger bodies go over ASGI, which can tell the client to wait. Half of uvicorn's own mark."""

_NO_HTTP = (
    b'{"error":{"code":"INVALID_REQUEST","message":"This is not an HTTP request","details":{}}}'
)

_END = b"\r\n"
_LAST = b"connection: close\r\n\r\n"

log = structlog.get_logger(__name__)


class HttpProtocol(HttpToolsProtocol):
    """A request that can be answered plainly waits for its body and is answered by one write.
    Parsing, pipelining, keep-alive and shutdown are uvicorn's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plain_app = self.app if isinstance(self.app, PlainApp) else None
        self._waiting: tuple[RequestResponseCycle, Answer] | None = None

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP in JSON, like everything else, and hangs up."""
        del msg
        head = (
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head % len(_NO_HTTP) + _NO_HTTP)
        self.transport.close()

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        super().on_body(body)
        if self._waiting is not None and len(self.cycle.body) > PLAIN_BODY_BYTES_MAX:
            cycle, _ = self._waiting
            self._waiting = None
            super()._start_asgi_task(cycle, self.app)

    def on_message_complete(self) -> None:
        """See uvicorn."""
        super().on_message_complete()
        if self._waiting is not None:
            cycle, answer = self._waiting
            self._waiting = None
            self._start(cycle, answer)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        answer = self._plain_answer(cycle)
        if answer is None:
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._waiting = cycle, answer
        else:
            self._start(cycle, answer)

    def _plain_answer(self, cycle: RequestResponseCycle) -> Answer | None:
        """Only where nothing special is asked of HTTP, and the client takes what it is sent."""
        if (
            self._plain_app is None
            or cycle.waiting_for_100_continue
            or self.flow.write_paused
            or len(cycle.body) > PLAIN_BODY_BYTES_MAX
            or cycle.scope["method"] == "HEAD"
        ):
            return None
        return self._plain_app.plain(cast(Scope, cycle.scope))

    def _start(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        task = self.loop.create_task(self._respond(cycle, answer))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _respond(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        try:
            response = await answer(bytes(cycle.body))
        except Exception:
            log.exception("an answer failed", path=cycle.scope["path"])
            await cycle.send_500_response()
            return
        if self.transport.is_closing():
            return
        lines = [STATUS_LINE[response.status]]
        for name, value in (*self.server_state.default_headers, *response.all_headers()):
            lines += (name, b": ", value, _END)
        lines += (_END if cycle.keep_alive else _LAST, response.body)
        self.transport.write(b"".join(lines))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()
