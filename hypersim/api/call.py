"""One request on its way through the steps, whatever dialect it speaks."""

from collections.abc import Awaitable
from typing import ClassVar

from hypersim.account.user import ApiKey
from hypersim.api.services import Services
from hypersim.edge.client import Client
from hypersim.service.transaction import Caller, Transaction
from hypersim.trading.commands import Command
from hypersim.trading.rejections import Rejected


class Call:
    """`who` is what it counts against, `arrived_ms` when it came by the exchange's clock, `view`
    what has been committed. `status` and `code` are those of its answer."""

    __slots__ = (
        "arrived_ms",
        "client",
        "code",
        "endpoint",
        "key",
        "services",
        "status",
        "view",
        "who",
    )

    dialect: ClassVar[str]

    def __init__(self, services: Services, client: Client, endpoint: str) -> None:
        self.services = services
        self.view = services.engine.view
        self.client = client
        self.who = client.counted
        self.endpoint = endpoint
        self.key: ApiKey | None = None
        self.arrived_ms = 0
        self.status = 200
        self.code: object = ""

    @property
    def account_id(self) -> int:
        """Whose request it is; only signed operations know."""
        assert self.key is not None
        return self.key.account_id

    def submit(self, command: Command) -> Awaitable[Transaction | Rejected]:
        """Have the exchange do it for this account; see `Engine.submit`."""
        key = self.key
        assert key is not None
        caller = Caller(key.account_id, key.key, self.dialect)
        return self.services.engine.submit(command, caller, self.arrived_ms)
