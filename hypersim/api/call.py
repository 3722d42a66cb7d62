"""One request on its way through the steps, whatever dialect it speaks."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from hypersim.account.user import ApiKey
from hypersim.api.services import Services
from hypersim.edge.client import Client
from hypersim.service.armed import Asked
from hypersim.service.contents import Data, Sent
from hypersim.service.transaction import Caller, Transaction
from hypersim.service.watch.requests import Request
from hypersim.service.watch.watch import Watch
from hypersim.trading.commands import Command
from hypersim.trading.rejections import Rejected, Rejection

Submit = Callable[["Call", Command, Caller], Awaitable[Transaction | Rejected]]


class Call:
    """`who` is what it counts against, `arrived_ms` when it came by the exchange's clock, `view`
    what has been committed; `holder` the account of a login token that stands in for a key.
    `status` and `code` are those of its answer, `retry_at_ms` when that says to ask again,
    `rejection` what an order was refused for that did not get to the exchange, if rules have it;
    `skew_ms` is how far the exchange's clock is off where a fault wants that. What it is like on
    the `wire`, and as the watch has `seen` it, is there only where there is a watch. Where faults
    are armed, `disturbed` is how commands are submitted, and `suffered` names those that hit."""

    __slots__ = (
        "arrived_ms",
        "client",
        "code",
        "disturbed",
        "endpoint",
        "holder",
        "key",
        "rejection",
        "retry_at_ms",
        "seen",
        "services",
        "skew_ms",
        "status",
        "suffered",
        "view",
        "who",
        "wire",
    )

    dialect: ClassVar[str]
    seen: Request
    suffered: list[str]
    wire: Sent

    def __init__(self, services: Services, client: Client, endpoint: str) -> None:
        self.services = services
        self.view = services.engine.view
        self.client = client
        self.who = client.counted
        self.endpoint = endpoint
        self.key: ApiKey | None = None
        self.holder: int | None = None
        self.arrived_ms = 0
        self.skew_ms = 0
        self.status = 200
        self.code: object = ""
        self.retry_at_ms: int | None = None
        self.rejection: Rejection | None = None
        self.disturbed: Submit | None = None

    @property
    def account_id(self) -> int:
        """Whose request it is; only signed operations know."""
        if self.key is None:
            assert self.holder is not None
            return self.holder
        return self.key.account_id

    def told_ms(self) -> int:
        """What the client is told that the time is."""
        return self.services.engine.clock.now_ms() + self.skew_ms

    def asked(self) -> Asked:
        """What faults tell it by: all that a dialect can read off it before its limits are looked
        at. Raises nothing."""
        method = self.endpoint.partition(" ")[0]
        return Asked(self.dialect, self.endpoint, method, who=self.who.name)

    def sent(self) -> Sent:
        """As it came; where there is a watch."""
        return self.wire

    def reads(self) -> Data | None:
        """What it asks for, where rules of the watch look at that."""
        return None

    def submit(self, command: Command) -> Awaitable[Transaction | Rejected]:
        """Have the exchange do it for this account; see `Engine.submit`."""
        key = self.key
        if key is None:
            caller = Caller(self.holder, None, self.dialect)
        else:
            caller = Caller(key.account_id, key.key, self.dialect)
        doing: Awaitable[Transaction | Rejected]
        if self.disturbed is None:
            doing = self.services.engine.submit(command, caller, self.arrived_ms)
        else:
            doing = self.disturbed(self, command, caller)
        watch = self.services.watch
        return doing if watch is None else self._watched(watch, doing)

    async def _watched(
        self, watch: Watch, doing: Awaitable[Transaction | Rejected]
    ) -> Transaction | Rejected:
        outcome = await doing
        watch.outcome(self.seen, outcome)
        return outcome
