"""One request of this dialect as its handler sees it, and what it can be asked for."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from hypersim.api import operation as shared
from hypersim.api.call import Call as SharedCall
from hypersim.api.http.queries import read_query
from hypersim.api.http.shell import Served
from hypersim.api.services import Services
from hypersim.dialects.native.errors import refused
from hypersim.dialects.native.limits import charge
from hypersim.dialects.native.params import decode, known_symbol
from hypersim.edge.asgi import Scope, headers_of
from hypersim.edge.client import Counted, client_of
from hypersim.market.data import MarketData
from hypersim.service.armed import Asked
from hypersim.service.contents import Data
from hypersim.service.transaction import Transaction
from hypersim.trading.commands import Command
from hypersim.trading.rejections import Rejected

T = TypeVar("T")

NAME = "native"
"""Of this dialect."""

KEY_HEADER = b"x-api-key"
ROWS_PER_REQUEST = 100
"""So many rows count as one more request."""


class Call(SharedCall):
    """One request; `argument` is the parameter in its path."""

    __slots__ = ("argument", "body", "is_open", "operation", "scope")

    dialect = NAME

    def __init__(
        self,
        services: Services,
        served: "Served[Operation]",
        argument: str,
        scope: Scope,
        body: bytes,
    ) -> None:
        super().__init__(services, client_of(scope), served.endpoint)
        self.operation = served.operation
        self.is_open = served.is_open
        self.argument = argument
        self.scope = scope
        self.body = body

    def asked(self) -> Asked:
        """See `Call`. A symbol is in the body, the query or the path."""
        names = dict(parse_qsl(self.scope["query_string"].decode("latin-1")))
        try:
            body = msgspec.json.decode(self.body or b"{}", type=_Named)
        except (msgspec.DecodeError, UnicodeDecodeError):
            body = _Named()
        symbol = self.view.symbol(body.symbol or names.get("symbol") or self.argument)
        key = headers_of(self.scope).get(KEY_HEADER, b"").decode("latin-1")
        known = self.view.keys.get(key)
        who = self.counted().name if known is None else (known.account_id, key)
        client_id = body.client_order_id or names.get("clientOrderId")
        asked = super().asked()._replace(key=key, symbol=symbol, client_order_id=client_id)
        return asked._replace(who=who)

    def reads(self) -> Data | None:
        """See `Call`."""
        return self.operation.reads

    def query(self, kind: type[T]) -> T:
        """The query's parameters. Raises `MalformedQuery`."""
        return read_query(kind, self.scope["query_string"])

    def no_query(self) -> None:
        """Raises `MalformedQuery` where there is one."""
        read_query(NoQuery, self.scope["query_string"])

    def read(self, kind: type[T]) -> T:
        """The body. Raises `ApiError`."""
        return decode(kind, self.body)

    def market(self) -> MarketData:
        """The market that the path names. Raises `ApiError`."""
        return self.view.markets[known_symbol(self.view, self.argument)]

    def counted(self) -> Counted:
        """Against what it counts, whether anybody asks for its signature or not."""
        name = headers_of(self.scope).get(KEY_HEADER, b"")
        return self.client.counted_by(self.view.keys, name.decode("latin-1"))

    def charge_rows(self, rows: int) -> None:
        """Count a large answer as so many requests more. Raises `ApiError` 429."""
        weight = rows // ROWS_PER_REQUEST
        if weight:
            charge(self.services, self.counted(), self.arrived_ms, weight)

    def heavy(self, rows: int) -> AbstractAsyncContextManager[None]:
        """Hold a turn while so many rows are read and told. Raises `TooManyHeavyReads`."""
        who = self.counted()
        return self.services.markets.heavy.turn(rows, who.name, who.width)

    async def execute(self, command: Command) -> Transaction:
        """What the exchange did for this account. Raises its refusal as `ApiError`."""
        outcome = await self.submit(command)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        return outcome


def shut_out(call: Call, seconds: int) -> None:
    """Nothing is done for this client for so long."""
    call.services.limiter.shut_out(call.asked().who, call.arrived_ms + seconds * 1_000)


class _Named(msgspec.Struct, rename="camel"):
    """What a body says that it is about."""

    symbol: str = ""
    client_order_id: str | None = None


class NoQuery(msgspec.Struct):
    """Of what takes no parameters."""


@dataclass(frozen=True, slots=True)
class Operation(shared.Operation[Call, None]):
    """One that `takes_token` is signed, or carries a login token."""

    takes_token: bool = field(default=False, kw_only=True)
