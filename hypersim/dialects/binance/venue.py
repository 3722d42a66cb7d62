"""What the requests of this dialect share, and one of them as its handler sees it.

A handler reads every parameter of `call.params` first, then calls `params.done()` once (-1104 for
what nobody read), and only then acts: a request with an unknown parameter changes nothing. It
raises what `errors/` offers, and answers a msgspec.Struct, dict or list, with fields in the
documented order, ids as ints, prices and quantities as texts. Over the WebSocket API `call.session`
is the client's connection; after a handler's last `await` nothing else is sent before it is done.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from hypersim.api import operation as shared
from hypersim.api.call import Call as SharedCall
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.api.streams.books import Books
from hypersim.dialects.binance.errors import general as errors
from hypersim.dialects.binance.errors.general import BinanceError, Request
from hypersim.dialects.binance.limits.troubles import troubled
from hypersim.dialects.binance.limits.weights import UNLIMITED, ClientLimits, Limits, OrderCounts
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.params.reading import Params, Takes, check_symbol, takes
from hypersim.dialects.binance.user_data.pushes import UserData
from hypersim.dialects.binance.user_data.session import Session
from hypersim.edge.client import Client
from hypersim.faults import Troubled
from hypersim.market.instrument import Instrument
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import TooManyHeavyReads
from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.service.transaction import Transaction
from hypersim.service.view import View
from hypersim.trading.commands import Command
from hypersim.trading.rejections import Rejected, Rejection

NAME = "binance"
"""Of this dialect."""

TOO_PRECISE = -1111
"""An order with more decimals than any filter asks for."""

_MILLISECOND = TimeUnit.MILLISECOND

log = structlog.get_logger(__name__)


class Venue:
    """What all requests of this dialect share."""

    def __init__(self, services: Services, limits: Limits | None = None) -> None:
        self.services = services
        self.now_ms = services.engine.clock.now_ms
        is_enforced = services.limiter.limit > 0
        self.limits = (limits or Limits()) if is_enforced else UNLIMITED
        self.clients = ClientLimits(self.limits, is_enforced=is_enforced)
        self.order_counts = OrderCounts(self.limits, is_enforced=is_enforced)
        self.user_data = UserData(services)
        self.books = Books(services)


class Call(SharedCall):
    """One request. `counted` is how many orders it was counted for, `over_limit` why no more may be
    placed, for an operation that runs all the same."""

    __slots__ = ("counted", "over_limit", "params", "session", "unit", "venue", "weight")

    dialect = NAME

    def __init__(self, venue: Venue, client: Client, endpoint: str) -> None:
        super().__init__(venue.services, client, endpoint)
        self.venue = venue
        self.params = NO_PARAMS
        self.unit = _MILLISECOND
        self.session: Session | None = None
        self.weight = 1
        self.counted = 0
        self.over_limit: BinanceError | None = None

    def now_ms(self) -> int:
        """The exchange's time."""
        return self.venue.now_ms()

    def time(self, time_ms: int) -> int:
        """A time in the unit that the client wants."""
        return time_ms * self.unit

    def instrument(self) -> Instrument:
        """The instrument that the mandatory `symbol` names."""
        name = self.params.need("symbol")
        found = listed_instrument(self.view, name)
        if found is None:
            # What is listed needs no look at its letters.
            check_symbol(name)
            raise errors.bad_symbol()
        return found

    def optional_instrument(self) -> Instrument | None:
        """The instrument that `symbol` names, if it was sent."""
        name = self.params.symbol()
        return None if name is None else find_instrument(self.view, name)

    async def execute(self, command: Command, request: Request = Request.PLACE) -> Transaction:
        """What the exchange did for this account. Raises its refusal in Binance's words."""
        outcome = await self.submit(command)
        if isinstance(outcome, Rejected):
            raise errors.refused(outcome, request)
        return outcome

    @contextlib.asynccontextmanager
    async def heavy(self, rows: int) -> AsyncIterator[None]:
        """Hold a turn while so many rows are read and told. Raises -1003 when too many wait."""
        try:
            async with self.services.markets.heavy.turn(rows, self.who.name, self.who.width):
                yield
        except TooManyHeavyReads as busy:
            raise errors.too_many_requests(self.now_ms() + busy.wait_s * 1_000) from None

    def socket_session(self) -> Session:
        """The connection of an operation that only the WebSocket API has."""
        assert self.session is not None
        return self.session


Handler = Callable[[Call], Awaitable[object]]

NO_PARAMS = Params({})
"""Of a request that is not read yet."""


@dataclass(frozen=True, slots=True)
class Operation(shared.Operation[Call, Params]):
    """`takes` names every parameter that the handler may read, so that a misspelt one is told
    before what is missing in its place. `orders` are counted against the account's unfilled orders
    (OCO: 2, OTOCO: 3) and given back when the handler raises. One that `is_lenient` may carry
    parameters that nobody reads (sapi). One that `is_free_when_done` is only charged when it fails
    (CHANGELOG of 2026-03-27). One that `runs_over_limit` also runs with too many unfilled orders:
    `call.over_limit` is then the error."""

    orders: int = 0
    takes: Takes | None = field(default=None, kw_only=True)
    is_lenient: bool = field(default=False, kw_only=True)
    is_free_when_done: bool = field(default=False, kw_only=True)
    runs_over_limit: bool = field(default=False, kw_only=True)


def spot(
    security: Security,
    handler: Handler,
    rest: str,
    method: str,
    weight: int | Callable[[Params], int] = 1,
    parameters: str = "",
    *,
    reads: Data | None = None,
) -> Operation:
    """An operation of the Spot API, and the parameters that it may read; see `takes`."""
    known = takes(parameters) if parameters else None
    return Operation(handler, (rest,), (method,), security, weight, takes=known, reads=reads)


public = partial(spot, Security.NONE)
reading = partial(spot, Security.READ)
trading = partial(spot, Security.TRADE)
"""Those that anybody may ask for, and those of a key that may read, or trade."""


def changing(
    handler: Handler,
    rest: str,
    method: str,
    parameters: str,
    *,
    orders: int = 0,
    runs_over_limit: bool = False,
) -> Operation:
    """One that places or ends orders: it is only charged when it fails."""
    made = trading(handler, rest, method, 1, parameters)
    return replace(made, orders=orders, is_free_when_done=True, runs_over_limit=runs_over_limit)


def wallet(
    handler: Handler, *rest: str, weight: int = 1, security: Security = Security.READ
) -> Operation:
    """An operation of the Wallet API, which lets unknown parameters pass."""
    return Operation(handler, rest, (), security, weight, is_lenient=True)


def listed_instrument(view: View, name: str) -> Instrument | None:
    """The instrument that Binance would call so."""
    instrument = view.instruments.get(view.symbol(name) or "")
    # The view also knows BTC-USDT, which is no name here.
    if instrument is None or instrument.base + instrument.quote != name:
        return None
    return instrument


def find_instrument(view: View, name: str) -> Instrument:
    """The same. Raises -1121."""
    instrument = listed_instrument(view, name)
    if instrument is None:
        raise errors.bad_symbol()
    return instrument


def perform(operation: Operation, call: Call) -> Awaitable[object]:
    """The operation's answer. Raises -1104 and -1015."""
    if operation.takes is not None:
        call.params.expect(operation.takes)
    if operation.orders:
        _count_orders(operation, call)
    return operation.handler(call)


def _count_orders(operation: Operation, call: Call) -> None:
    """None beyond the limit, if the operation runs all the same."""
    try:
        call.venue.order_counts.take(call.account_id, operation.orders, call.arrived_ms)
    except BinanceError as error:
        if not operation.runs_over_limit:
            raise
        call.over_limit = error
    else:
        call.counted = operation.orders


def told(call: Call, failure: Exception) -> BinanceError:
    """What the client is told of a failure. Orders that were counted are given back."""
    if call.counted:
        call.venue.order_counts.add(call.account_id, -call.counted, call.now_ms())
    match failure:
        case BinanceError():
            error = failure
        case RecordUnavailable():
            error = errors.record_unavailable()
        case RecordLost():
            error = errors.record_lost()
        case Troubled():
            error = troubled(failure, call.venue.clients, call.who, call.arrived_ms)
        case _:
            log.error("request failed", endpoint=call.endpoint, exc_info=failure)
            error = errors.unknown()
    call.status, call.code, call.retry_at_ms = error.status, error.code, error.retry_at_ms
    if error.code == TOO_PRECISE and call.counted:
        call.rejection = Rejection.QUANTITY_OFF_STEP
    return error
