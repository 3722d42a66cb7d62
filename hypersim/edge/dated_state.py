"""The Date header of another clock than the machine's."""

from collections.abc import Callable
from email.utils import formatdate

from uvicorn.server import ServerState


class DatedState(ServerState):
    """What uvicorn's connections share, where answers are dated by `now_ms` as they are given, not
    once a second."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._dated_s = -1
        self._headers: list[tuple[bytes, bytes]] = []
        super().__init__()

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """Those of every answer."""
        now_s = self._now_ms() // 1000
        if now_s != self._dated_s:
            self._dated_s = now_s
            self._headers = [(b"date", formatdate(now_s, usegmt=True).encode())]
        return self._headers

    @default_headers.setter
    def default_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Uvicorn sets them by the machine's clock: passed over."""
