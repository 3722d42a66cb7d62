"""One client of `/v1/ws`: its socket and the key that it logged in with."""

from collections.abc import Iterable

from hypersim.account.user import ApiKey
from hypersim.api.edge.client import Client
from hypersim.api.sockets.serving import Session
from hypersim.api.sockets.socket import Socket
from hypersim.dialects.native.errors import ApiError
from hypersim.dialects.native.streams.frames import frame
from hypersim.dialects.native.streams.topics import RequestId


class StreamSession(Session):
    """Where frames for this client go. `key` is None until it logged in."""

    def __init__(self, socket: Socket, client: Client) -> None:
        super().__init__(socket)
        self.client = client
        self.key: ApiKey | None = None

    def answer(self, request_id: RequestId, op: str, **more: object) -> None:
        """Confirm a request."""
        self.socket.send(frame(_with_id(request_id) | {"op": op, **more}))

    def refuse(self, request_id: RequestId, error: ApiError) -> None:
        """Say what was wrong, in the words of the REST API."""
        body = {"code": error.code, "message": error.message, "details": error.details}
        self.socket.send(frame(_with_id(request_id) | {"error": body}))


def send_all(sessions: Iterable[StreamSession], text: bytes) -> None:
    """The same frame to all of them."""
    for session in sessions:
        session.socket.push(text)


def _with_id(request_id: RequestId) -> dict[str, object]:
    return {} if request_id is None else {"id": request_id}
