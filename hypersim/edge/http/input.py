"""HTTP/1.1 as it comes in on one connection: uvicorn's parsing, within the edge's limits. What
cannot be served is refused after everything before it was answered."""

import asyncio
from typing import Any, cast

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from hypersim.edge.asgi import Scope
from hypersim.edge.edge import Edge
from hypersim.edge.http.flow import Part
from hypersim.edge.http.head import Refused, check_head, check_size, read_target
from hypersim.edge.http.pieces import Pieces
from hypersim.edge.http.reading import HttpReading
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.sockets.protocol import WebSocketProtocol

CHUNK_OVERHEAD = 8
"""Bytes that each byte of a chunked body may cost, beside what the head's limit allows."""


class HttpInput(HttpReading):
    """Requests in their order, each as a cycle that waits in `pipeline` or is started."""

    def __init__(self, edge: Edge, **kwargs: Any) -> None:
        super().__init__(edge, **kwargs)
        self._pieces = Pieces()
        self._part_bytes = 0
        self._body_bytes = 0
        self._body_length: int | None = 0
        """Of the request that is parsed; None where chunks tell."""
        self._unparsed_body = 0
        """Bytes still to come of a body that the parser takes for another protocol's."""
        self._timed: object = None
        """What the deadline is for."""
        self._found: EdgeReason | None = None

    def _feed(self, data: bytes) -> None:
        while data:
            if self._is_last or self.connection.is_leaving:
                self.connection.throw_away(len(data))
                return
            data = self._take_body(data) if self._unparsed_body else self._parse(data)

    def _parse(self, data: bytes) -> bytes:
        """What belongs to one request; what follows it is returned."""
        before, rest = self.scope, b""
        try:
            end = self._piece_end(data)
            data, rest = data[:end], data[end:]
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._is_upgrade:
                self._upgrade(rest)
                return b""
        except (Refused, httptools.HttpParserError) as error:
            found = error.reason if isinstance(error, Refused) else self._found
            self._refuse(found or EdgeReason.NOT_HTTP)
        else:
            if self._part is not Part.BETWEEN or self.scope is before:
                self._measure(len(data))
        return rest

    def _piece_end(self, data: bytes) -> int:
        """How many of these bytes belong to the part of the request that is parsed. Raises
        `Refused`."""
        if self._part is not Part.BODY:
            return self._pieces.head_end(data)
        if self._body_length is None:
            return self._pieces.block_end(data)
        return self._body_length - self._body_bytes or len(data)

    def _take_body(self, data: bytes) -> bytes:
        """What follows it."""
        body, rest = data[: self._unparsed_body], data[self._unparsed_body :]
        self._unparsed_body -= len(body)
        self.on_body(body)
        if self._unparsed_body:
            self._measure(len(body))
        else:
            self.on_message_complete()
        return rest

    def _measure(self, count: int) -> None:
        """A part of a request that did not come in one piece has a size and a deadline."""
        self._part_bytes += count
        allowed, seconds = self._limits.head_bytes, self._limits.head_s
        part: object = self.scope
        if self._part is Part.BODY:
            allowed += CHUNK_OVERHEAD * self._body_bytes
            seconds, part = self._limits.body_s, self.cycle
        if self._part_bytes > allowed:
            self._refuse(EdgeReason.HEAD)
        elif self._part is not Part.BETWEEN and self._timed is not part:
            self._timed = part
            self.connection.deadline = self.loop.time() + seconds

    # What the parser finds

    def on_message_begin(self) -> None:
        """See uvicorn."""
        self._part = Part.HEAD
        self._part_bytes = 0
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self.scope = {  # type: ignore[typeddict-item]
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "root_path": self.root_path,
            "headers": self.headers,
            "state": self.app_state.copy(),
            "hypersim.is_gone": self.is_gone,
        }

    def on_url(self, url: bytes) -> None:
        """See uvicorn."""
        self.url += url
        if len(self.url) > self._limits.request_line_bytes:
            self._fail(EdgeReason.REQUEST_LINE)

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        # The same at run time; uvicorn has a type of its own.
        scope: Any = self.scope
        method, version = self.parser.get_method().decode("ascii"), self.parser.get_http_version()
        scope["method"] = method
        scope["http_version"] = version
        try:
            self._check(method, version)
            read_target(scope, self.url, self.headers)
            self._is_upgrade = self.parser.should_upgrade() and self._read_upgrade()
        except (Refused, UnicodeDecodeError) as error:
            self._fail(error.reason if isinstance(error, Refused) else EdgeReason.NOT_HTTP)
        # What follows a chunked body is no header of the request.
        self.headers = []
        self._part = Part.BODY
        self._part_bytes = self._body_bytes = 0
        if not self._is_upgrade:
            self._begin(version)

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        cycle = self.cycle
        limit, before = self._limits.body_bytes, self._body_bytes
        self._body_bytes += len(body)
        if self._body_length is None and before <= limit < self._body_bytes:
            # The app refuses it in its own words.
            self._edge.count(EdgeReason.BODY)
        if cycle.response_complete or cycle.disconnected:
            self.connection.throw_away(len(body))
            return
        cycle.body += body
        cycle.message_event.set()
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

    def on_message_complete(self) -> None:
        """See uvicorn."""
        if self._unparsed_body:
            return
        self._part = Part.BETWEEN
        self._part_bytes = 0
        self._pieces.begin()
        if not self._has_asked:
            self._has_asked = True
            self._edge.has_asked(self.connection)
        if self._is_upgrade:
            return
        cycle = self.cycle
        cycle.more_body = False
        self._is_last = not cycle.keep_alive
        if not cycle.response_complete:
            cycle.message_event.set()
        else:
            self.connection.thrown_away = 0
            self.connection.deadline = self.loop.time() + self._limits.idle_s

    def _check(self, method: str, version: str) -> None:
        if len(self.headers) > self._limits.headers:
            raise Refused(EdgeReason.HEAD)
        if self._part_bytes:
            check_size(self._limits, self.headers)
        self._body_length = check_head(method, version, self.headers)
        if self._body_length is not None and self._body_length > self._limits.body_bytes:
            self._edge.count(EdgeReason.BODY)

    def _read_upgrade(self) -> bool:
        """Whether it becomes a WebSocket. The parser takes what follows for the new protocol's; if
        the answer stays HTTP it is the body."""
        is_websocket = self._should_upgrade()
        length = self._body_length
        if length is None or (length and is_websocket):
            raise Refused(EdgeReason.NOT_HTTP)
        self._unparsed_body = length
        return is_websocket

    def _begin(self, version: str) -> None:
        was_busy = self.is_busy
        self.cycle = RequestResponseCycle(
            scope=self.scope,
            transport=self._outlet,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if was_busy:
            self.pipeline.appendleft((self.cycle, self.app))
            if len(self.pipeline) >= self._limits.pipelined_requests:
                self.flow.pause_reading()
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _fail(self, reason: EdgeReason) -> None:
        """Have the parser stop where it is."""
        self._found = reason
        raise Refused(reason)

    def _upgrade(self, rest: bytes) -> None:
        if self.is_busy or self.scope["http_version"] != "1.1" or self.scope["method"] != "GET":
            self._refuse(EdgeReason.NOT_HTTP)
            return
        self.connections.discard(self)
        protocol = WebSocketProtocol(
            self._edge,
            config=self.config,
            server_state=self.server_state,
            app_state=self.app_state,
        )
        protocol.begin(self.connection, cast(Scope, self.scope), rest + bytes(self._unread))
        self._unread.clear()
        self.transport.set_protocol(protocol)
