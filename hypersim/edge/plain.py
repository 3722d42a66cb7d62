"""HTTP without a framework, for what a busy bot calls all the time.

An app with `plain` says of a request whether its answer needs nothing but the scope and the body.
The server then does without ASGI's messages, which cost a bare echo a quarter of its time. The same
app answers the same over ASGI: to large or pipelined requests, and under any other server.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol, runtime_checkable

import msgspec

from hypersim.edge.asgi import Receive, Scope, Send

Header = tuple[bytes, bytes]
"""Name in lower case, and value."""

JSON = b"application/json"


class Response(msgspec.Struct, frozen=True):
    """A whole JSON answer; the headers are those besides its type and length."""

    status: int
    body: bytes
    headers: Iterable[Header] = ()
    content_type: bytes = JSON

    def all_headers(self) -> list[Header]:
        """With its type and length."""
        return [
            (b"content-type", self.content_type),
            (b"content-length", b"%d" % len(self.body)),
            *self.headers,
        ]


class NoAnswer(asyncio.CancelledError):
    """There is none: the connection is closed, as when the server gives up on a request."""


Answer = Callable[[bytes], Coroutine[Any, Any, Response]]
"""From the request's body to the answer. It raises nothing but `NoAnswer`. It may be run without a
task: see `service.errand`."""


@runtime_checkable
class PlainApp(Protocol):
    """An ASGI app that can answer some requests plainly."""

    def plain(self, scope: Scope) -> Answer | None:
        """What answers the request; None if only ASGI will do."""
        ...


Handler = Callable[[Scope, bytes], Coroutine[Any, Any, Response]]
"""What makes an `Answer` of each request of one method and path."""


@runtime_checkable
class HandlingApp(Protocol):
    """An ASGI app that answers some methods and paths plainly, always the same ones."""

    def handler(self, method: str, path: str) -> Handler | None:
        """What answers requests of that method and path; None if only ASGI will do."""
        ...


class BodyTooLarge(Exception):
    """The request's body has more bytes than are taken: `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body has more than {limit} bytes")


class ClientGone(Exception):
    """The client hung up before its request was whole; nobody waits for an answer."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The request's whole body. Raises `BodyTooLarge`, at once where the head says so: who asks
    whether to go on is not told to. Raises `ClientGone`."""
    # The server beneath lets nothing through that is no number.
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if int(declared) > limit:
        raise BodyTooLarge(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > limit:
            break
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientGone
    if len(body) > limit:
        raise BodyTooLarge(limit)
    return body


async def send_response(send: Send, response: Response) -> None:
    """Over ASGI."""
    headers = response.all_headers()
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
