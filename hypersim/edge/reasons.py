"""Why the edge sends a client away, and what HTTP says then."""

from enum import StrEnum
from typing import NamedTuple

import msgspec


class EdgeReason(StrEnum):
    """The `reason` of `hypersim_edge_refusals_total` in `/metrics`."""

    NOT_HTTP = "not_http"
    METHOD = "method"
    VERSION = "version"
    REQUEST_LINE = "request_line"
    HEAD = "head"
    BODY = "body"
    HEAD_DEADLINE = "head_deadline"
    BODY_DEADLINE = "body_deadline"
    HANDSHAKE_DEADLINE = "handshake_deadline"
    SILENT = "silent"
    UNREAD = "unread"
    CLOSING = "closing"
    LINGER = "linger"
    CONNECTIONS = "connections"
    CONNECTIONS_PER_ADDRESS = "connections_per_address"
    GAVE_WAY = "gave_way"
    REGISTRATIONS = "registrations"
    NOT_WEBSOCKET = "not_websocket"
    NOT_UTF8 = "not_utf8"
    MESSAGE_BYTES = "message_bytes"
    FRAGMENTS = "fragments"
    FRAMES = "frames"
    FRAME_BYTES = "frame_bytes"
    PONGS_UNREAD = "pongs_unread"
    OUTBOX = "outbox"
    MESSAGES = "messages"
    SOCKETS_PER_ADDRESS = "sockets_per_address"
    FOREIGN = "foreign"


class _Refusal(NamedTuple):
    status: str
    code: str
    message: str
    header: str = ""


_REFUSALS = {
    EdgeReason.NOT_HTTP: _Refusal(
        "400 Bad Request", "INVALID_REQUEST", "This is not an HTTP request"
    ),
    EdgeReason.METHOD: _Refusal(
        "405 Method Not Allowed",
        "METHOD_NOT_ALLOWED",
        "This method is served nowhere",
        # RFC 9110, section 15.5.6 asks for it.
        "allow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\n",
    ),
    EdgeReason.VERSION: _Refusal(
        "505 HTTP Version Not Supported", "INVALID_REQUEST", "Speak HTTP/1.1 or HTTP/1.0"
    ),
    EdgeReason.REQUEST_LINE: _Refusal(
        "414 URI Too Long", "REQUEST_TOO_LARGE", "The address is too long; send less in the query"
    ),
    EdgeReason.HEAD: _Refusal(
        "431 Request Header Fields Too Large", "REQUEST_TOO_LARGE", "The headers are too large"
    ),
    EdgeReason.HEAD_DEADLINE: _Refusal(
        "408 Request Timeout", "REQUEST_TIMEOUT", "The head of the request took too long"
    ),
    EdgeReason.BODY_DEADLINE: _Refusal(
        "408 Request Timeout", "REQUEST_TIMEOUT", "The body of the request took too long"
    ),
    EdgeReason.CONNECTIONS: _Refusal(
        "503 Service Unavailable", "TOO_MANY_CONNECTIONS", "The server has no connection left"
    ),
    EdgeReason.CONNECTIONS_PER_ADDRESS: _Refusal(
        "429 Too Many Requests",
        "TOO_MANY_CONNECTIONS",
        "Too many connections from your address; close some or use fewer",
    ),
}


def refusal_of(reason: EdgeReason) -> bytes:
    """A whole HTTP answer, in JSON like every other, that ends the connection."""
    refusal = _REFUSALS[reason]
    error = {"code": refusal.code, "message": refusal.message, "details": {}}
    body = msgspec.json.encode({"error": error})
    head = (
        f"HTTP/1.1 {refusal.status}\r\ncontent-type: application/json\r\n"
        f"{refusal.header}content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
