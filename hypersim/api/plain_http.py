"""HTTP without a framework, for the few endpoints that a busy bot calls all the time."""

from collections.abc import Iterable

from hypersim.api.dialect import Receive, Send

_JSON = (b"content-type", b"application/json")


class BodyTooLarge(Exception):
    """The request's body has more bytes than are taken."""


class ClientGone(Exception):
    """The client hung up before its request was whole; nobody waits for an answer."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The request's whole body. Raises `BodyTooLarge` and `ClientGone`."""
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
        raise BodyTooLarge
    return body


async def send_json(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """A whole JSON answer."""
    length = (b"content-length", b"%d" % len(body))
    await send(
        {"type": "http.response.start", "status": status, "headers": [_JSON, length, *headers]}
    )
    await send({"type": "http.response.body", "body": body})
