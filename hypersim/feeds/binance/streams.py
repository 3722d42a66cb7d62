"""One WebSocket connection for combined streams, opened again whenever it ends."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from hypersim.feeds.backoff import Backoff
from hypersim.feeds.binance.frames import FrameRouter, VenueShutdownError
from hypersim.feeds.binance.timings import BinanceTimings

STREAMS_MAX = 1_024
"""Binance's limit for one connection."""

NAMES_PER_MESSAGE = 100
"""Names in the URL, and in each control message for the rest."""

FRAME_BYTES_MAX = 8 * 2**20

_PUBLIC_STREAMS = "wss://stream.binance.com:9443"
_STREAM_HOSTS = {
    "api.binance.com": _PUBLIC_STREAMS,
    "api-gcp.binance.com": _PUBLIC_STREAMS,
    **{f"api{number}.binance.com": _PUBLIC_STREAMS for number in range(1, 5)},
    "data-api.binance.vision": "wss://data-stream.binance.vision",
}
_log = structlog.get_logger()


def stream_url(api_url: str) -> str:
    """Where the combined streams are, given where REST is: Binance's own hosts are known, anybody
    else has them on the same host and port."""
    parts = urlsplit(api_url)
    if parts.hostname in _STREAM_HOSTS:
        return _STREAM_HOSTS[parts.hostname] + "/stream"
    scheme = "ws" if parts.scheme == "http" else "wss"
    path = parts.path.rstrip("/").removesuffix("/api/v3")
    return f"{scheme}://{parts.netloc}{path}/stream"


class StreamConnection:
    """Keeps one connection open and subscribed."""

    def __init__(
        self,
        url: str,
        router: FrameRouter,
        timings: BinanceTimings,
        *,
        on_connected: Callable[[], None],
        on_disconnected: Callable[[], None],
    ) -> None:
        self.reconnects = 0
        self.trouble = "streams are not open yet"
        self._url = url
        self._router = router
        self._timings = timings
        self._on_connected = on_connected
        self._on_disconnected = on_disconnected
        self._names: dict[str, None] = {}
        self._unsent: deque[tuple[str, str]] = deque()
        self._has_unsent = asyncio.Event()
        self._backoff = Backoff(timings.reconnect_first_s, timings.reconnect_cap_s)
        self._message_id = 0

    def subscribe(self, names: Iterable[str]) -> None:
        """Also receive these: no more than `STREAMS_MAX` in all."""
        for name in names:
            self._names[name] = None
            self._unsent.append(("SUBSCRIBE", name))
        self._has_unsent.set()

    def unsubscribe(self, names: Iterable[str]) -> None:
        """Receive these no more."""
        for name in names:
            self._names.pop(name, None)
            self._unsent.append(("UNSUBSCRIBE", name))
        self._has_unsent.set()

    async def run(self) -> None:
        """Connect, read, reconnect, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            wait_s = 0.0
            try:
                await self._session()
            except VenueShutdownError:
                reason = "Binance shuts this connection down"
            except TimeoutError as error:
                reason = str(error) or f"no frame for {self._timings.stream_silence_s:g} s"
            except InvalidStatus as error:
                reason = f"HTTP {error.response.status_code}"
                wait_s = _retry_after_s(error)
            except (WebSocketException, OSError, EOFError) as error:
                reason = str(error) or type(error).__name__
            finally:
                self._on_disconnected()
            if loop.time() - started_s >= self._timings.stream_stable_s:
                self._backoff.reset()
            wait_s = max(wait_s, self._backoff.next_s())
            self._lost(reason, wait_s)
            await asyncio.sleep(wait_s)
            self.reconnects += 1

    def _lost(self, reason: str, wait_s: float) -> None:
        trouble = f"streams are down ({reason})"
        if trouble != self.trouble:
            _log.warning("Binance streams ended", reason=reason, retry_s=round(wait_s, 3))
        self.trouble = trouble

    async def _session(self) -> None:
        """Open one connection and read it to its end, which always is an exception."""
        names = list(self._names)
        first = names[:NAMES_PER_MESSAGE]
        self._unsent = deque(("SUBSCRIBE", name) for name in names[NAMES_PER_MESSAGE:])
        self._has_unsent.set()
        # Compression would save traffic that costs nothing here, for time that does.
        async with connect(
            f"{self._url}?streams={'/'.join(first)}",
            open_timeout=self._timings.stream_open_s,
            close_timeout=self._timings.stream_open_s,
            compression=None,
            max_size=FRAME_BYTES_MAX,
        ) as socket:
            self._opened()
            sender = asyncio.create_task(self._send_unsent(socket))
            try:
                await self._read(socket)
            finally:
                sender.cancel()

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            async with asyncio.timeout(self._timings.stream_silence_s):
                raw = await socket.recv(decode=False)
            self._router.take(raw)

    def _opened(self) -> None:
        if self.trouble:
            _log.info("Binance streams are open", streams=len(self._names))
        self.trouble = ""
        self._router.connected()
        self._on_connected()

    async def _send_unsent(self, socket: ClientConnection) -> None:
        """Subscribe to what did not fit into the URL, and say what has changed since. The next
        connection subscribes to everything, so it does not matter when this one ends in between."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._has_unsent.wait()
                if self._unsent:
                    await socket.send(self._next_message())
                    await asyncio.sleep(self._timings.control_pause_s)
                if not self._unsent:
                    self._has_unsent.clear()

    def _next_message(self) -> str:
        """As many names as are next of one kind."""
        method, names = self._unsent[0][0], list[str]()
        while self._unsent and self._unsent[0][0] == method and len(names) < NAMES_PER_MESSAGE:
            names.append(self._unsent.popleft()[1])
        self._message_id += 1
        message = {"method": method, "params": names, "id": self._message_id}
        return msgspec.json.encode(message).decode()


def _retry_after_s(error: InvalidStatus) -> float:
    told = error.response.headers.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdigit() else 0.0
