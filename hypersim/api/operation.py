"""An operation: one thing that a client can ask for, over REST and a WebSocket API alike.

A dialect lists its operations; `api/` makes each of them a route of the REST API, a method of the
WebSocket API and a part of the OpenAPI document, and the coverage page has a row for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from types import UnionType
from typing import Generic, TypeVar

from hypersim.account.user import Permission
from hypersim.api.call import Call
from hypersim.service.contents import Data

C = TypeVar("C", bound=Call)
P = TypeVar("P")


class Security(Enum):
    """What an operation asks of its caller. KEY is a key without a signature; READ, TRADE and
    WITHDRAW are signed, by a key that may do that."""

    NONE = "none"
    KEY = "key"
    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"

    permission: Permission
    """What the key must be allowed to do."""


for _security in Security:
    _security.permission = Permission.READ
Security.TRADE.permission, Security.WITHDRAW.permission = Permission.TRADE, Permission.WITHDRAW


@dataclass(frozen=True, slots=True)
class Operation(Generic[C, P]):
    """`rest` names methods and paths ("GET /v1/order/{order_id}": only the last part of a path may
    be a parameter, and `{symbol:path}` is all the rest); `methods` those of the WebSocket API.
    `weight` is what a request is charged, or a function of its parameters; `reads` is what it asks
    for, where the watch's rules look at that.

    The OpenAPI document says what the handler's docstring says, with its return type as the answer:
    `query` and `body` are the structures that it reads, `statuses` those of its answers, the usual
    one first, and `errors` those that only this operation has."""

    handler: Callable[[C], Awaitable[object]]
    rest: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    security: Security = Security.NONE
    weight: int | Callable[[P], int] = 1
    query: type | None = field(default=None, kw_only=True)
    body: type | UnionType | None = field(default=None, kw_only=True)
    statuses: tuple[int, ...] = field(default=(200,), kw_only=True)
    errors: tuple[int, ...] = field(default=(), kw_only=True)
    reads: Data | None = field(default=None, kw_only=True)

    def weight_of(self, params: P) -> int:
        """What this request costs."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)
