"""One client's connection to the WebSocket API: who is logged in, and what it listens to."""

from collections.abc import Callable

from hypersim.account.user import ApiKey
from hypersim.api.edge.client import Client, Counted
from hypersim.api.sockets.socket import CloseCode, Frame, Socket
from hypersim.dialects.binance.numbers import TimeUnit

Hook = Callable[["Session"], None]


class Session:
    """`subscriptions` are the user data streams that reach this connection: the account of each
    subscription id. Whoever fills it adds an `on_close` hook that undoes it; `on_logout` hooks run
    when the key is forgotten or another one logs in."""

    def __init__(
        self,
        socket: Socket,
        *,
        client: Client,
        unit: TimeUnit,
        shows_limits: bool,
        connected_ms: int,
    ) -> None:
        self.socket = socket
        self.client = client
        self.unit = unit
        self.shows_limits = shows_limits
        self.connected_ms = connected_ms
        self.key: ApiKey | None = None
        self.authorized_ms: int | None = None
        self.subscriptions: dict[int, int] = {}
        self.on_close: list[Hook] = []
        self.on_logout: list[Hook] = []

    def who(self, keys: dict[str, ApiKey], name: str | None = None) -> Counted:
        """What a request counts against: the key that it names, else the one that is logged on."""
        if name is None and self.key is not None:
            name = self.key.key
        return self.client.counted_by(keys, name)

    def log_in(self, key: ApiKey, now_ms: int) -> None:
        """Use this key for requests that name none."""
        if self.key is not None and self.key.key != key.key:
            self.log_out()
        self.key, self.authorized_ms = key, now_ms

    def forget_lost_key(self, keys: dict[str, ApiKey]) -> bool:
        """Log out whose key was revoked or reset away; whether that was so. A new key may have the
        old one's name."""
        is_lost = self.key is not None and keys.get(self.key.key) is not self.key
        if is_lost:
            self.log_out()
        return is_lost

    def log_out(self) -> None:
        """Forget the key."""
        self.key = self.authorized_ms = None
        for hook in self.on_logout:
            hook(self)

    def close(self) -> None:
        """The connection is gone."""
        for hook in self.on_close:
            hook(self)

    def ban(self) -> None:
        """Disconnect, after what was said so far."""
        self.socket.finish(CloseCode.POLICY_VIOLATION, "Banned for going on after 429")

    def send(self, frame: Frame) -> None:
        """Answer; never waits."""
        self.socket.send(frame)

    def push(self, frame: Frame) -> None:
        """Tell an event; never waits."""
        self.socket.push(frame)
