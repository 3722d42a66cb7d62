"""order.cancelReplace: an order goes, another comes, and either half may fail."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from hypersim.dialects.binance.errors.general import TOO_MANY, BinanceError, Request, refused
from hypersim.dialects.binance.errors.orders import CONFLICT, replace_failed, replace_partly_failed
from hypersim.dialects.binance.errors.texts import COUNT_EXCEEDED
from hypersim.dialects.binance.orders.answers import Detail, placed, read_detail, usual_detail
from hypersim.dialects.binance.orders.bodies import Body, PlacedBody
from hypersim.dialects.binance.orders.cancel import canceled_body, read_restriction
from hypersim.dialects.binance.orders.finding import name_of, read_wanted
from hypersim.dialects.binance.orders.list_bodies import ListBody
from hypersim.dialects.binance.orders.names import ORDER_NAMES
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.orders.request import read_client_order_id, read_order
from hypersim.dialects.binance.venue import Call, changing
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import CancelOrder, ReplaceOrder
from hypersim.trading.events import Event, HalfRefused
from hypersim.trading.rejections import Rejected, Rejection

MODES = {"STOP_ON_FAILURE": False, "ALLOW_FAILURE": True}
"""Whether the new order is attempted when the cancel fails."""

OVER_LIMIT_MODES = {"DO_NOTHING": False, "CANCEL_ONLY": True}
"""Whether an account with too many unfilled orders still cancels."""

CANCEL_REJECTED_CODE = -2011

CANCEL_NAMES = (
    "cancelReplaceMode cancelOrderId cancelOrigClientOrderId cancelNewClientOrderId "
    "cancelRestrictions orderRateLimitExceededMode"
)
"""The parameters of the half that cancels."""

NO_ORDER = 0
"""The number of no order."""

CANCEL_REFUSALS = (
    Rejection.ORDER_NOT_FOUND,
    Rejection.ORDER_ALREADY_FILLED,
    Rejection.ORDER_ALREADY_CANCELED,
    Rejection.CANCEL_RESTRICTED,
)
"""The reasons that are about the order to be canceled, not about the new one."""


class Half(StrEnum):
    """What became of the cancel, or of the new order."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"


class ReplacedBody(Body):
    """Both halves; a response is None where nothing was attempted."""

    cancel_result: Half
    new_order_result: Half
    cancel_response: object
    new_order_response: object


class Replacement(msgspec.Struct, frozen=True):
    """The request, read."""

    instrument: Instrument
    command: ReplaceOrder
    cancel_name: str
    detail: Detail
    cancels_over_limit: bool


async def cancel_replace(call: Call) -> object:
    """Both halves succeed, or an error says which one failed and why."""
    wish = _read(call)
    if call.over_limit is not None:
        return await _cancel_only(call, wish, call.over_limit)
    outcome = await call.submit(wish.command)
    if isinstance(outcome, Rejected):
        if outcome.reason in COUNT_EXCEEDED:
            raise _both_failed(refused(outcome))
        if outcome.reason not in CANCEL_REFUSALS:
            raise refused(outcome)
        _keep_count(call)
        error = refused(outcome, Request.CANCEL)
        raise replace_failed(_body(error, Half.NOT_ATTEMPTED))
    return await _answer(call, wish, outcome.events)


def _read(call: Call) -> Replacement:
    params, instrument = call.params, call.instrument()
    continues = params.need_choice("cancelReplaceMode", MODES)
    wanted = read_wanted(params, "cancelOrderId", "cancelOrigClientOrderId")
    name = read_client_order_id(params, "cancelNewClientOrderId")
    restriction = read_restriction(params)
    over_limit = params.choice("orderRateLimitExceededMode", OVER_LIMIT_MODES)
    place = read_order(params, call.account_id, instrument)
    detail = read_detail(params) or usual_detail(place)
    params.done()
    order = name_of(call, instrument, wanted)
    cancel = CancelOrder(call.account_id, order, restriction, name)
    command = ReplaceOrder(cancel, place, continues)
    return Replacement(instrument, command, name, detail, bool(over_limit))


async def _answer(call: Call, wish: Replacement, events: Sequence[Event]) -> object:
    refusals = {
        event.placement is not None: event.rejected
        for event in events
        if isinstance(event, HalfRefused)
    }
    not_placed, not_canceled = refusals.get(True), refusals.get(False)
    canceled: BinanceError | PlacedBody | ListBody
    if not_canceled is not None:
        canceled = refused(not_canceled, Request.CANCEL)
    else:
        canceled = await canceled_body(call, wish.instrument, events, wish.cancel_name)
    if not_placed is not None:
        body = _body(canceled, Half.FAILURE, refused(not_placed).body())
        raise replace_failed(body) if not_canceled else replace_partly_failed(body)
    new = placed(events)[0].body(Printer(wish.instrument, call.unit), wish.detail)
    body = _body(canceled, Half.SUCCESS, new)
    if not_canceled is not None:
        _keep_count(call)
        raise replace_partly_failed(body)
    return body


async def _cancel_only(call: Call, wish: Replacement, too_many: BinanceError) -> ReplacedBody:
    """The account has too many unfilled orders for a new one."""
    if not wish.cancels_over_limit:
        raise too_many
    outcome = await call.submit(wish.command.cancel)
    continues = wish.command.continues_on_failure
    if isinstance(outcome, Rejected):
        error = refused(outcome, Request.CANCEL)
        if continues:
            raise replace_failed(_body(error, Half.FAILURE, too_many.body()))
        failed = replace_failed(_body(error, Half.NOT_ATTEMPTED))
        failed.status = TOO_MANY
        raise failed
    canceled = await canceled_body(call, wish.instrument, outcome.events, wish.cancel_name)
    body = _body(canceled, Half.FAILURE, too_many.body())
    raise replace_partly_failed(body, CONFLICT if continues else TOO_MANY)


def _both_failed(refusal: BinanceError) -> BinanceError:
    """The engine looks at its filters before it cancels anything: with as many orders open as are
    allowed, neither half is carried out."""
    not_canceled = BinanceError(CANCEL_REJECTED_CODE, refusal.msg)
    return replace_failed(_body(not_canceled, Half.FAILURE, refusal.body()))


def _body(
    canceled: BinanceError | PlacedBody | ListBody,
    new_result: Half,
    new_response: object = None,
) -> ReplacedBody:
    if isinstance(canceled, BinanceError):
        return ReplacedBody(Half.FAILURE, new_result, canceled.body(), new_response)
    return ReplacedBody(Half.SUCCESS, new_result, canceled, new_response)


def _keep_count(call: Call) -> None:
    """An error gives the account its order count back, but here it is kept."""
    call.venue.order_counts.add(call.account_id, 1, call.now_ms())


OPERATIONS = (
    changing(
        cancel_replace,
        "POST /api/v3/order/cancelReplace",
        "order.cancelReplace",
        f"{ORDER_NAMES} {CANCEL_NAMES}",
        orders=1,
        runs_over_limit=True,
    ),
)
