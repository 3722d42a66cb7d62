"""Steps that wait until something happens to an account's order."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from hypersim.service.scenarios.acting import Stage
from hypersim.service.scenarios.words import After, Step, duration_ms
from hypersim.service.transaction import Transaction
from hypersim.trading.events import OrderAccepted, OrderFilled, closed_orders
from hypersim.trading.order import Order

BACKLOG_MAX = 1_000_000
"""Events that a scenario may be behind."""


class State(StrEnum):
    """Of a step."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    """The exchange could not take it as it was; the next ones follow all the same."""


class Planned:
    """A step, when it is due, and what became of it."""

    __slots__ = ("due_ms", "reason", "state", "step")

    def __init__(self, step: Step, due_ms: int | None) -> None:
        self.step = step
        self.due_ms = due_ms
        self.state = State.WAITING
        self.reason = ""


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
                met = [one for one in waiting if _is_met(stage, one, transaction)]
                waiting = [one for one in waiting if one not in met]
                _tell(met, transaction.time_ms, happened)
            if subscription.overflowed:
                return
    finally:
        bus.watchers -= 1
        subscription.close()


def _tell(met: list[Planned], time_ms: int, happened: Callable[[Planned, int], None]) -> None:
    for planned in met:
        assert isinstance(planned.step.after, After)
        happened(planned, time_ms + duration_ms("delay", planned.step.after.delay))


def _is_met(stage: Stage, planned: Planned, transaction: Transaction) -> bool:
    after, view = planned.step.after, stage.engine.view
    assert isinstance(after, After)
    for order in _orders(after.event, transaction):
        user = view.users.get(order.account_id)
        names = () if user is None else (user.email.lower(), str(user.id))
        if isinstance(after.user, str) and after.user.lower() not in names:
            continue
        if not isinstance(after.symbol, str) or view.symbol(after.symbol) == order.symbol:
            return True
    return False


def _orders(kind: str, transaction: Transaction) -> Iterator[Order]:
    """Those to which this happened."""
    if kind == "closed":
        yield from closed_orders(transaction.events)
    for event in transaction.events:
        match kind, event:
            case ("fill", OrderFilled(order=order)) | ("order", OrderAccepted(order=order)):
                yield order
            case "closed", OrderFilled(order=order) if order.status.is_terminal:
                yield order
            case _:
                pass
