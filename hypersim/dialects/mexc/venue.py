"""What the requests of this dialect share, and one of them as its handler sees it.

A handler reads what it needs of `call.params`; what nobody reads is let pass, as the venue does. It
raises what `errors` offers, and answers plain data: ids and numbers as texts, times as ints.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

import structlog

from hypersim.api import operation as shared
from hypersim.api.call import Call as SharedCall
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.api.streams.books import Books
from hypersim.dialects.mexc import errors
from hypersim.dialects.mexc.errors import MexcError
from hypersim.dialects.mexc.limits import ClientLimits, limits_from
from hypersim.dialects.mexc.params import Params, Sent
from hypersim.dialects.mexc.user_data import ListenKeys
from hypersim.edge.client import Client
from hypersim.faults import Trouble, Troubled
from hypersim.market.instrument import Instrument
from hypersim.service.armed import Asked
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import TooManyHeavyReads
from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.service.transaction import Transaction
from hypersim.service.view import View
from hypersim.trading.commands import Command
from hypersim.trading.rejections import Rejected

NAME = "mexc"
"""Of this dialect."""

NO_PARAMS = Params({})
"""Of a request that is not read yet."""

log = structlog.get_logger(__name__)


Handler = Callable[["Call"], Awaitable[object]]


class Venue:
    """What all requests of this dialect share."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.like_binance = services.errors_like.get(NAME) == "binance"
        self.clients = ClientLimits(
            limits_from(services.limits.get(NAME, {})), is_enforced=services.limiter.limit > 0
        )
        self.books = Books(services)
        self.listen_keys = ListenKeys(services)


class Call(SharedCall):
    """One request; `values` are its parameters once they are read."""

    __slots__ = ("is_open", "key_name", "operation", "params", "sent_as", "values", "venue")

    dialect = NAME
    operation: "Operation"
    sent_as: Sent
    is_open: bool

    def __init__(self, venue: Venue, client: Client, endpoint: str, key_name: str) -> None:
        super().__init__(venue.services, client, endpoint)
        self.venue = venue
        self.key_name = key_name
        self.values: dict[str, str] = {}
        self.params = NO_PARAMS
        self.who = client.counted_by(self.view.keys, key_name)

    def asked(self) -> Asked:
        """See `Call`."""
        try:
            values: Mapping[str, str] = self.sent_as.values()
        except MexcError:
            values = {}
        client_id = values.get("newClientOrderId") or values.get("origClientOrderId")
        symbol = self.view.symbol(values.get("symbol", ""))
        asked = super().asked()._replace(key=self.key_name, symbol=symbol)
        return asked._replace(client_order_id=client_id)

    def reads(self) -> Data | None:
        """See `Call`."""
        return self.operation.reads

    def instrument(self) -> Instrument:
        """That which the mandatory `symbol` names. Raises 700004 or -1121."""
        return find_instrument(self.view, self.params.need("symbol"))

    def optional_instrument(self) -> Instrument | None:
        """The same, if one was sent."""
        name = self.params.text("symbol")
        return None if name is None else find_instrument(self.view, name)

    async def execute(self, command: Command, *, is_cancel: bool = False) -> Transaction:
        """What the exchange did for this account. Raises its refusal in MEXC's words."""
        outcome = await self.submit(command)
        if isinstance(outcome, Rejected):
            raise errors.refused(outcome, is_cancel=is_cancel)
        return outcome


@dataclass(frozen=True, slots=True)
class Operation(shared.Operation[Call, Params]):
    """`account_weight` is what it is counted for against the account whose request it is."""

    account_weight: int = field(default=0, kw_only=True)


def public(
    handler: Handler,
    rest: str,
    weight: int | Callable[[Params], int] = 1,
    *,
    reads: Data | None = None,
) -> Operation:
    """An operation that anybody may ask for."""
    return replace(_EMPTY, handler=handler, rest=(rest,), weight=weight, reads=reads)


def signed(
    security: Security,
    handler: Handler,
    rest: str,
    weight: int = 1,
    *,
    account_weight: int = 0,
    reads: Data | None = None,
) -> Operation:
    """One that the owner of a key asks for."""
    made = public(handler, rest, weight, reads=reads)
    return replace(made, security=security, account_weight=account_weight)


async def _nothing(call: Call) -> object:
    raise NotImplementedError(call.endpoint)


_EMPTY = Operation(_nothing)


def find_instrument(view: View, name: str) -> Instrument:
    """The instrument that MEXC calls so: BTCUSDT. Raises -1121."""
    instrument = view.instruments.get(view.symbol(name) or "")
    if instrument is None or instrument.id != name:
        raise errors.bad_symbol()
    return instrument


def told(call: Call, failure: Exception) -> MexcError:
    """What the client is told of a failure. Sets the call's status, code and when to ask again."""
    error = _error_of(call, failure)
    call.status = error.status
    call.code = error.told(like_binance=call.venue.like_binance).code
    if error.wait_ms:
        call.retry_at_ms = call.arrived_ms + error.wait_ms
    return error


def _error_of(call: Call, failure: Exception) -> MexcError:
    match failure:
        case MexcError():
            return failure
        case RecordUnavailable():
            return errors.record_unavailable()
        case RecordLost():
            return errors.record_lost()
        case TooManyHeavyReads():
            return errors.too_many_requests(failure.wait_s * 1_000)
        case Troubled():
            return _troubled(call, failure)
        case _:
            log.error("request failed", endpoint=call.endpoint, exc_info=failure)
            return errors.unknown()


def _troubled(call: Call, failure: Troubled) -> MexcError:
    """What MEXC says of itself when it fails on purpose."""
    wait_ms = failure.wait_s * 1_000
    match failure.trouble:
        case Trouble.FAILING:
            return MexcError(500, "Internal error", failure.status)
        case Trouble.RATE_LIMITED:
            return errors.too_many_requests(wait_ms)
        case Trouble.BANNED:
            call.venue.clients.ban(call.who, call.arrived_ms + wait_ms)
            return errors.banned(wait_ms)
        case Trouble.MAINTENANCE:
            return MexcError(801, "System under maintenance", failure.status)
        case Trouble.UNKNOWN_OUTCOME:
            return errors.record_lost()
        case _:
            assert_never(failure.trouble)
