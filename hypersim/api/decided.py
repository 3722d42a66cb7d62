"""What the exchange makes of a command where faults are armed: the step in which a request is
performed."""

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from hypersim.api.call import Call
from hypersim.faults import (
    About,
    AcknowledgeLate,
    Decision,
    EndOrder,
    RejectCommand,
    StallOrder,
    name_of,
)
from hypersim.service.armed import Armed
from hypersim.service.transaction import Caller, Source, Transaction
from hypersim.trading.account_commands import RequestWithdrawal
from hypersim.trading.commands import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    CancelOrderList,
    Command,
    ExpireOrders,
    PlaceOrder,
    PlaceOrderList,
    PlaceStalled,
    ReplaceOrder,
)
from hypersim.trading.events import OrderAccepted
from hypersim.trading.order import Order
from hypersim.trading.rejections import Rejected, Rejection


async def submit(call: Call, command: Command, caller: Caller) -> Transaction | Rejected:
    """As `Engine.submit`, with what the faults that are armed make of it."""
    about, account_id = _about(command), caller.account_id
    faults, engine = call.services.faults, call.services.engine
    if about is None or account_id is None:
        return await engine.submit(command, caller, call.arrived_ms)
    decided = faults.hit_command(about, call.asked(), account_id, call.arrived_ms)
    call.suffered += [name_of(armed.fault) for armed, _ in decided]
    course = _course(command, [decision for _, decision in decided])
    if course.refusal is not None:
        return course.refusal
    due_ms = engine.clock.now_ms() + course.late_ms
    if course.late_ms:
        faults.tell_late(account_id, due_ms)
    outcome = await engine.submit(course.command, caller, call.arrived_ms)
    if not isinstance(outcome, Rejected):
        placed = [event.order for event in outcome.events if isinstance(event, OrderAccepted)]
        if course.ends_order:
            await _end(call, placed)
        _note_stalled(decided, placed)
    if course.late_ms:
        await engine.clock.wait_until(due_ms)
    return outcome


class _Course(NamedTuple):
    """What is done in place of a command, and what comes of it."""

    command: Command
    refusal: Rejected | None = None
    ends_order: bool = False
    late_ms: int = 0


def _course(command: Command, decisions: Iterable[Decision]) -> _Course:
    course = _Course(command)
    for decision in decisions:
        match decision:
            case RejectCommand(reason):
                refusal = Rejected(Rejection[reason], "The exchange does not take this just now")
                course = course._replace(refusal=course.refusal or refusal)
            case StallOrder(share):
                if isinstance(command, PlaceOrder):
                    course = course._replace(command=PlaceStalled(command, share))
            case EndOrder():
                course = course._replace(ends_order=True)
            case AcknowledgeLate(ms):
                course = course._replace(late_ms=course.late_ms + ms)
            case _:
                assert_never(decision)
    return course


def _about(command: Command) -> About | None:
    match command:
        case PlaceOrder():
            return About.ORDER
        case PlaceOrderList() | ReplaceOrder():
            return About.ORDERS
        case AmendOrder() | CancelOrder() | CancelOrderList() | CancelAllOrders():
            return About.CHANGE
        case RequestWithdrawal():
            return About.WITHDRAWAL
        case _:
            return None


async def _end(call: Call, placed: list[Order]) -> None:
    """Those of them that are still open. Whatever happened first has happened."""
    for order in placed:
        await call.services.engine.submit(ExpireOrders(order.symbol, order.id), Source.ADMIN)


def _note_stalled(decided: list[tuple[Armed, Decision]], placed: list[Order]) -> None:
    for armed, decision in decided:
        if isinstance(decision, StallOrder):
            armed.stalled += [order.id for order in placed]
