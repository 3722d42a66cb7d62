"""Listen keys among the streams: `/ws/<listenKey>`, `/stream?streams=<listenKey>`, SUBSCRIBE."""

from hypersim.api.sockets.socket import CloseCode
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.session import StreamSession
from hypersim.dialects.binance.user_data.listen_keys import ListenKeys


class StreamListener:
    """One client under one listen key. See `Listener`."""

    def __init__(self, session: StreamSession, name: str) -> None:
        self._session = session
        self._name = name

    @property
    def unit(self) -> TimeUnit:
        """See `Listener`."""
        return self._session.unit

    def hear(self, event: str) -> None:
        """See `Listener`."""
        if self._session.is_combined:
            event = f'{{"stream":"{self._name}","data":{event}}}'
        self._session.socket.push(event)

    def drop(self) -> None:
        """See `Listener`."""
        self._session.socket.close(CloseCode.TRY_AGAIN_LATER, "Too much happened; connect again")


class ListenKeyStreams:
    """See `PrivateStreams`."""

    def __init__(self, listen_keys: ListenKeys) -> None:
        self._listen_keys = listen_keys
        self._listeners: dict[tuple[StreamSession, str], StreamListener] = {}

    def join(self, session: StreamSession, name: str) -> bool:
        """See `PrivateStreams`."""
        listener = StreamListener(session, name)
        if not self._listen_keys.join(name, listener):
            return False
        self._listeners[session, name] = listener
        return True

    def leave(self, session: StreamSession, name: str) -> None:
        """See `PrivateStreams`."""
        listener = self._listeners.pop((session, name), None)
        if listener is not None:
            self._listen_keys.leave(name, listener)
