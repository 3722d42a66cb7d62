"""What one client may take of the server before anybody knows who it is."""

import msgspec

from hypersim.service.registrations import PER_HOUR


class EdgeLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The limits below every API: of HTTP, of WebSockets, of connections. They hold whatever the
    venue's rate limits say. Names end in their unit; `_s` are seconds."""

    request_line_bytes: int = 16_384
    """The address that is asked for, with its query."""
    head_bytes: int = 65_536
    """Names and values of a request's headers; also what chunks and trailers may add to a body."""
    headers: int = 256
    body_bytes: int = 65_536
    pipelined_requests: int = 64
    """Requests of one connection that wait for their turn; then nothing more is read."""
    unsent_bytes: int = 131_072
    """Of one connection, in the system's buffer."""

    connections: int = 10_000
    """In all; never more than the descriptors that the system gives, less those kept back."""
    descriptors_reserved: int = 256
    """Kept back for the database, files and connections that are being refused."""
    connections_per_address: int = 500
    registrations_per_hour: int = PER_HOUR
    """Accounts that one address may open."""

    head_s: float = 10.0
    """From the first byte of a request, or from connecting, until its head is whole."""
    body_s: float = 30.0
    handshake_s: float = 10.0
    idle_s: float = 75.0
    """How long a connection is kept for the next request."""
    unread_s: float = 30.0
    """How long a client may take nothing of what waits for it."""
    closing_s: float = 3.0
    """How long a connection may take to close."""
    linger_s: float = 3.0
    linger_bytes: int = 16 * 2**20
    """After the last answer, what still comes is thrown away so long and so far."""

    websocket_message_bytes: int = 65_536
    websocket_fragments: int = 64
    """Per message."""
    websocket_frames_per_second: int = 1_000
    """Of any kind; pings, pongs, fragments and empty ones count ten times."""
    websocket_bytes_per_second: int = 4 * 2**20
    websocket_pongs_unread: int = 100

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
