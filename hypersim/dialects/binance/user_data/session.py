"""One client's connection to the WebSocket API: who is logged in, and what it listens to."""

from hypersim.account.user import ApiKey
from hypersim.api.sockets import serving
from hypersim.api.sockets.socket import Socket
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data.pushes import UserData
from hypersim.dialects.binance.user_data.subscriptions import Subscriptions
from hypersim.edge.client import Client, Counted
from hypersim.edge.sockets.control import CloseCode
from hypersim.service.clock import Clock


class Session(serving.Session):
    """`subscriptions` are the user data streams that reach this connection."""

    def __init__(
        self,
        socket: Socket,
        user_data: UserData,
        clock: Clock,
        *,
        client: Client,
        unit: TimeUnit,
        shows_limits: bool,
    ) -> None:
        super().__init__(socket)
        self.client = client
        self.unit = unit
        self.shows_limits = shows_limits
        self.connected_ms = clock.now_ms()
        self.key: ApiKey | None = None
        self.authorized_ms: int | None = None
        self.subscriptions = Subscriptions(socket, unit, user_data.accounts, clock)

    @property
    def keys(self) -> list[ApiKey]:
        """See `serving.Session`."""
        own = [] if self.key is None else [self.key]
        return own + self.subscriptions.keys

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
        self.subscriptions.log_out()

    def end(self) -> None:
        """See `serving.Session`."""
        self.subscriptions.forget()

    def ban(self) -> None:
        """Disconnect, after what was said so far."""
        self.socket.finish(CloseCode.POLICY_VIOLATION, "Banned for going on after 429")
