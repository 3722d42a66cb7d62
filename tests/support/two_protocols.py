"""Our HTTP protocol and uvicorn's own on h11, given the same bytes, with the same echo behind both.

Ours may be stricter. Where it is not as strict as h11, `forgiving` says so and why.
"""

import asyncio
import re
from typing import Any, NamedTuple

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from hypersim.edge.asgi import Receive, Scope, Send
from hypersim.edge.edge import Edge
from hypersim.edge.http.protocol import HttpProtocol
from hypersim.edge.plain import Answer, ClientGone, Response, read_body
from tests.support.wire import Wire

TURNS = 60
"""Of the event loop, for every answer to be written."""


TURNS_BETWEEN = 5
"""Of the event loop, between two pieces of what was sent."""


class Heard(NamedTuple):
    """A request as an app was given it."""

    method: str
    path: str
    query: bytes
    body: bytes


class Outcome(NamedTuple):
    """What came of the bytes: the requests that were served whole, and the answers."""

    heard: list[Heard]
    statuses: list[int]


class Echo:
    """Notes what it is asked, plainly where that is asked of it: by us alone, for what is whole."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def plain(self, scope: Scope) -> Answer:
        """See `PlainApp`."""

        async def answer(body: bytes) -> Response:
            self._note(scope, body)
            return Response(200, b"ok")

        return answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            body = await read_body(scope, receive, 100_000)
        except ClientGone:
            return
        self._note(scope, body)
        await send({"type": "http.response.start", "status": 200, "headers": [LENGTH]})
        await send({"type": "http.response.body", "body": b"ok"})

    def _note(self, scope: Scope, body: bytes) -> None:
        self.heard.append(Heard(scope["method"], scope["path"], scope["query_string"], body))


async def outcome_of(make: Any, pieces: list[bytes]) -> Outcome:
    echo = Echo()
    config = uvicorn.Config(echo, interface="asgi3", ws="none", log_config=None, lifespan="off")
    config.load()
    protocol = make(config=config, server_state=ServerState(), app_state={})
    wire = Wire()
    protocol.connection_made(wire)
    for piece in pieces:
        if wire.is_closed:
            break
        asyncio.get_running_loop().call_soon(protocol.data_received, piece)
        await turn(TURNS_BETWEEN)
    await turn()
    protocol.connection_lost(ConnectionResetError())
    await turn()
    return Outcome(echo.heard, statuses_of(bytes(wire.written)))


LENGTH = (b"content-length", b"2")


STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


CONTINUE = 100


async def turn(times: int = TURNS) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def statuses_of(written: bytes) -> list[int]:
    """Of the answers, in their order."""
    found = [int(status) for status in STATUS.findall(written)]
    return [status for status in found if status != CONTINUE]


def ours(**given: Any) -> HttpProtocol:
    return HttpProtocol(Edge(), **given)


def forgiving(**given: Any) -> H11Protocol:
    """h11, but for two things that RFC 9112 asks of a server: it ignores empty lines before a
    request (2.2), and serves a whole address that names the host itself (3.2.2)."""
    protocol = H11Protocol(**given)
    conn, next_event = protocol.conn, protocol.conn.next_event

    def next_of_more() -> Any:
        while conn.their_state is h11.IDLE and conn.trailing_data[0].startswith(b"\r\n"):
            conn._receive_buffer.maybe_extract_at_most(len(b"\r\n"))
        event = next_event()
        return in_origin_form(event) if isinstance(event, h11.Request) else event

    protocol.conn.next_event = next_of_more  # type: ignore[method-assign]
    return protocol


def in_origin_form(request: h11.Request) -> h11.Request:
    named = b"http://" + dict(request.headers).get(b"host", b"")
    target = request.target
    if not target.lower().startswith((named + b"/", named + b"?")) and target != named:
        return request
    return h11.Request(
        method=request.method,
        target=target[len(named) :] or b"/",
        headers=list(request.headers),
        http_version=request.http_version,
    )


async def both(pieces: list[bytes]) -> tuple[Outcome, Outcome]:
    return await outcome_of(ours, pieces), await outcome_of(forgiving, pieces)


def check(mine: Outcome, theirs: Outcome) -> None:
    """Ours serves at most what h11 serves, as h11 serves it."""
    assert mine.heard == theirs.heard[: len(mine.heard)], (mine, theirs)
    # No answer but for what was served, save the last, which refuses.
    assert mine.statuses[: len(mine.heard)] == [200] * len(mine.heard), mine
    rest = mine.statuses[len(mine.heard) :]
    assert len(rest) <= 1 and all(status >= 400 for status in rest), mine
