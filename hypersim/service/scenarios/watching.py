"""Steps that wait until something happens to an account's order."""

from collections.abc import Callable, Iterator
from typing import assert_never

from hypersim.service.duration import duration_ms
from hypersim.service.record import Moment
from hypersim.service.scenarios.planning import Planned
from hypersim.service.scenarios.stage import Stage
from hypersim.service.scenarios.words import After
from hypersim.service.transaction import Transaction
from hypersim.trading.events import OrderAccepted, OrderFilled, closed_orders
from hypersim.trading.order import Order

BACKLOG_MAX = 1_000_000
"""Events that a scenario may be behind."""


async def watch(
    stage: Stage, waiting: list[Planned], happened: Callable[[Planned, int], None]
) -> None:
    """Tell each once of what it waits for, and when it is due; returns when all are told. Time that
    moves in steps does not go on before."""
    bus = stage.engine.bus
    subscription = bus.subscribe(BACKLOG_MAX)
    bus.watchers += 1
    try:
        while waiting:
            for transaction in await subscription.next():
                waiting = _still_waiting(stage, waiting, transaction, happened)
            if subscription.overflowed:
                return
    finally:
        bus.watchers -= 1
        subscription.close()


def _still_waiting(
    stage: Stage,
    waiting: list[Planned],
    transaction: Transaction,
    happened: Callable[[Planned, int], None],
) -> list[Planned]:
    met = [one for one in waiting if _is_met(stage, one, transaction)]
    for planned in met:
        happened(planned, _due_ms(planned, transaction.time_ms))
    return [one for one in waiting if one not in met]


async def due_by_record(stage: Stage, planned: Planned, beginning: Moment) -> int | None:
    """When a step is due by what has happened since then; None where it has not. Raises
    RecordUnavailable."""
    after, view = planned.step.after, stage.engine.view
    assert isinstance(after, After)
    account_id = None
    if isinstance(after.user, str):
        account_id = stage.account_id(after.user)
        if account_id is None:
            return None
    symbol = view.symbol(after.symbol) if isinstance(after.symbol, str) else None
    time_ms = await stage.archive.first_since(
        beginning, after.event, account_id=account_id, symbol=symbol
    )
    return None if time_ms is None else _due_ms(planned, time_ms)


def _due_ms(planned: Planned, time_ms: int) -> int:
    assert isinstance(planned.step.after, After)
    return time_ms + duration_ms("delay", planned.step.after.delay)


def _is_met(stage: Stage, planned: Planned, transaction: Transaction) -> bool:
    after, view = planned.step.after, stage.engine.view
    assert isinstance(after, After)
    for order in _orders(after, transaction):
        if isinstance(after.user, str) and stage.account_id(after.user) != order.account_id:
            continue
        if not isinstance(after.symbol, str) or view.symbol(after.symbol) == order.symbol:
            return True
    return False


def _orders(after: After, transaction: Transaction) -> Iterator[Order]:
    """Those to which this happened."""
    match after.event:
        case "order":
            for event in transaction.events:
                if isinstance(event, OrderAccepted):
                    yield event.order
        case "fill":
            for event in transaction.events:
                if isinstance(event, OrderFilled):
                    yield event.order
        case "closed":
            yield from closed_orders(transaction.events)
            for event in transaction.events:
                if isinstance(event, OrderFilled) and event.order.status.is_terminal:
                    yield event.order
        case _:
            assert_never(after.event)
