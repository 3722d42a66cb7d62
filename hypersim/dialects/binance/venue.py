"""An operation: one thing that a client can ask for, over REST and the WebSocket API alike.

How to add one
--------------
1.  Write the handler in the module of its family (`market_*.py`, `orders_*.py`, `lists_*.py`,
    `account_*.py`, `wallet.py`, `user_data_*.py`):

        async def order_status(call: Call) -> object:
            params = call.params
            instrument = call.instrument()              # `symbol`: -1102, -1100 or -1121
            order_id = params.integer("orderId")        # None when absent; -1100 when no number
            name = params.take("origClientOrderId")
            params.done()                               # -1104 for what nobody read
            if order_id is None and name is None:
                raise mandatory_one_of("origClientOrderId", "orderId")
            ...
            return OrderBody(...)                       # a msgspec.Struct, dict or list, or Raw

    Read every parameter first, then call `params.done()` once, and only then act: a request with
    an unknown parameter must change nothing. `timestamp`, `recvWindow`, `signature` and `apiKey`
    are read before the handler runs. All values are text, whatever the client's JSON said.
2.  Raise what `errors.py` offers; turn a `Rejected` into an error with `refused(rejected,
    Request.CANCEL)`. A missing factory is added there, a missing Rejection in `error_texts.py`.
    RecordUnavailable, RecordLost and bugs need no handling.
3.  Change things with `call.submit(command)`, read them from `.engine.view`,
    `.markets` and `.archive`. `call.account_id` is whose request it is (signed operations only).
4.  Print numbers with `text.fixed`, times with `call.time(time_ms)` (ms or µs, as the client
    wants). Fields in the documented order; ids are ints, prices and quantities strings.
5.  Declare it at the end of the module, and add the module's tuple to `table.py` if it is new:

        OPERATIONS = (
            Operation(
                order_status,
                rest=("GET /api/v3/order",),
                methods=("order.status",),
                security=Security.READ,                 # NONE (default), KEY, READ, TRADE
                weight=4,                               # or a function of the unread Params
                takes=takes_symbol("orderId", "origClientOrderId"),
            ),
        )

    `takes` names every parameter that the handler may read, so that a misspelt one is told before
    what is missing in its place; without it only what is left over at the end is refused.

    `orders=1` (OCO: 2, OTOCO: 3) counts against the account's unfilled orders, adds the
    X-MBX-ORDER-COUNT headers, and is given back when the handler raises. `is_lenient=True` lets
    the request carry parameters that nobody reads (sapi does). With `is_free_when_done=True` its
    weight is only charged when it fails (CHANGELOG of 2026-03-27: orders and cancels). With
    `runs_over_limit=True` it also runs when the account has too many unfilled orders:
    `call.over_limit` is then the error.
6.  Over the WebSocket API `call.session` is the client's connection, else None; an operation that
    only has `methods` can rely on it (`call.socket_session()`). What a handler does after its last
    `await` happens before anything else is sent: the response is the next frame after it. Hooks of
    a session: `on_close`, `on_logout`, `subscriptions`, `send`.
7.  State that outlives a request belongs into `Venue`, what runs beside requests into its
    `background` list.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

import structlog

from hypersim.account.user import ApiKey
from hypersim.api.edge.client import NOBODY, Counted
from hypersim.api.services import Services
from hypersim.dialects.binance.auth import Security
from hypersim.dialects.binance.errors.general import (
    BinanceError,
    bad_symbol,
    record_lost,
    record_unavailable,
    too_many_requests,
    unknown,
)
from hypersim.dialects.binance.limits.weights import UNLIMITED, ClientLimits, Limits, OrderCounts
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.params.reading import Params, Takes
from hypersim.dialects.binance.user_data.diffs import Books
from hypersim.dialects.binance.user_data.publisher import UserData
from hypersim.dialects.binance.user_data.session import Session
from hypersim.market.instrument import Instrument
from hypersim.service.heavy_reads import TooManyHeavyReads
from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.service.transaction import Caller, Transaction
from hypersim.service.view import View
from hypersim.trading.commands import Command
from hypersim.trading.rejections import Rejected

NAME = "binance"
"""Of this dialect."""

log = structlog.get_logger(__name__)


class Venue:
    """What all requests of this dialect share. `background` runs beside them."""

    def __init__(self, services: Services, limits: Limits | None = None) -> None:
        self.services = services
        self.now_ms = services.engine.clock.now_ms
        """The exchange's time."""
        is_enforced = services.limiter.limit > 0
        self.limits = (limits or Limits()) if is_enforced else UNLIMITED
        self.clients = ClientLimits(self.limits, is_enforced=is_enforced)
        self.order_counts = OrderCounts(self.limits, is_enforced=is_enforced)
        self.user_data = UserData(services)
        self.books = Books(services)
        self.background: list[Callable[[], Coroutine[None, None, None]]] = []


class Call:
    """One request as its handler sees it."""

    __slots__ = ("key", "over_limit", "params", "services", "session", "unit", "venue", "who")

    def __init__(
        self,
        venue: Venue,
        params: Params,
        *,
        key: ApiKey | None = None,
        unit: TimeUnit = TimeUnit.MILLISECOND,
        session: Session | None = None,
        who: Counted = NOBODY,
    ) -> None:
        self.venue = venue
        self.services = venue.services
        self.params = params
        self.key = key
        self.unit = unit
        self.session = session
        # Against whose limits it counts.
        self.who = who
        # Why no more orders may be placed, for an operation that runs all the same.
        self.over_limit: BinanceError | None = None

    @property
    def view(self) -> View:
        """What has been committed."""
        return self.services.engine.view

    @property
    def account_id(self) -> int:
        """Whose request it is; only signed operations know."""
        assert self.key is not None
        return self.key.account_id

    def submit(self, command: Command) -> Awaitable[Transaction | Rejected]:
        """Have the exchange do it for this account; see `Engine.submit`."""
        key = self.key
        assert key is not None
        return self.services.engine.submit(command, Caller(key.account_id, key.key, NAME))

    def now_ms(self) -> int:
        """The exchange's time."""
        return self.venue.now_ms()

    def time(self, time_ms: int) -> int:
        """A time in the unit that the client wants."""
        return time_ms * self.unit

    def instrument(self) -> Instrument:
        """The instrument that the mandatory `symbol` names."""
        return find_instrument(self.view, self.params.need_symbol())

    def optional_instrument(self) -> Instrument | None:
        """The instrument that `symbol` names, if it was sent."""
        name = self.params.symbol()
        return None if name is None else find_instrument(self.view, name)

    @contextlib.asynccontextmanager
    async def heavy(self, rows: int) -> AsyncIterator[None]:
        """Hold a turn while so many rows are read and told. Raises -1003 when too many wait."""
        try:
            async with self.services.markets.heavy.turn(rows, self.who.name, self.who.width):
                yield
        except TooManyHeavyReads as busy:
            raise too_many_requests(self.now_ms() + busy.wait_s * 1_000) from None

    def socket_session(self) -> Session:
        """The connection of an operation that only the WebSocket API has."""
        assert self.session is not None
        return self.session


Handler = Callable[[Call], Awaitable[object]]
Weight = int | Callable[[Params], int]


@dataclass(frozen=True, slots=True)
class Operation:
    """A handler and how it is reached; see the top of this module."""

    handler: Handler
    rest: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    security: Security = Security.NONE
    weight: Weight = 1
    orders: int = 0
    takes: Takes | None = field(default=None, kw_only=True)
    is_lenient: bool = field(default=False, kw_only=True)
    is_free_when_done: bool = field(default=False, kw_only=True)
    runs_over_limit: bool = field(default=False, kw_only=True)

    def weight_of(self, params: Params) -> int:
        """What this request costs."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)


def find_instrument(view: View, name: str) -> Instrument:
    """The instrument that Binance would call so. Raises -1121."""
    instrument = view.instruments.get(view.symbol(name) or "")
    # The view also knows BTC-USDT, which is no name here.
    if instrument is None or instrument.base + instrument.quote != name:
        raise bad_symbol()
    return instrument


async def perform(operation: Operation, call: Call) -> object:
    """The operation's answer. Raises `BinanceError`, and nothing else."""
    if operation.takes is not None:
        call.params.expect(operation.takes)
    orders = _count_orders(operation, call) if operation.orders else 0
    try:
        return await operation.handler(call)
    except Exception as failure:
        if orders:
            call.venue.order_counts.add(call.account_id, -orders, call.now_ms())
        if isinstance(failure, BinanceError):
            raise
        raise _error_of(failure, operation) from None


def _count_orders(operation: Operation, call: Call) -> int:
    """How many were counted: none beyond the limit, if the operation runs all the same."""
    try:
        call.venue.order_counts.take(call.account_id, operation.orders, call.now_ms())
    except BinanceError as error:
        if not operation.runs_over_limit:
            raise
        call.over_limit = error
        return 0
    return operation.orders


def _error_of(failure: Exception, operation: Operation) -> BinanceError:
    match failure:
        case RecordUnavailable():
            return record_unavailable()
        case RecordLost():
            return record_lost()
        case _:
            log.error("request failed", operation=operation.handler.__name__, exc_info=failure)
            return unknown()
