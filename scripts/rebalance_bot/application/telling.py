"""What the bot says while it works: one JSON object a line, `timestamp` and `event` first."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from scripts.rebalance_bot.application.clock import Clock
from scripts.rebalance_bot.application.errors import ExchangeError
from scripts.rebalance_bot.application.ports import Intent
from scripts.rebalance_bot.domain.order import Order
from scripts.rebalance_bot.domain.planning import Hold, Holdings, Trade
from scripts.rebalance_bot.domain.position import Position

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain(number: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    return f"{number.normalize():f}"


@dataclass(frozen=True, slots=True)
class Telling:
    """Writes lines; numbers are strings, as money is exact."""

    clock: Clock
    write: Callable[[str], None]

    def event(self, name: str, **more: object) -> None:
        """One line."""
        stamp = (EPOCH + timedelta(milliseconds=self.clock.now_ms())).isoformat()
        self.write(json.dumps({"timestamp": stamp, "event": name, **more}))

    def planned(self, decision: Hold | Trade) -> None:
        """What is to be done."""
        match decision:
            case Hold(reason):
                self.event("rebalance_start", plan={"action": "HOLD", "reason": reason})
            case Trade() as trade:
                plan = {
                    "action": trade.side.value,
                    "quantity": plain(trade.quantity),
                    "price": plain(trade.price),
                    "notional": plain(trade.notional),
                    "deviation": f"{trade.deviation:.4f}",
                    "reason": trade.reason,
                }
                self.event("rebalance_start", plan=plan)

    def submitted(self, intent: Intent) -> None:
        """The exchange has an order."""
        order = {
            "client_id": intent.client_id,
            "side": intent.side.value,
            "quantity": plain(intent.quantity),
            "price": plain(intent.price),
        }
        self.event("order_submitted", order=order)

    def polled(self, number: int, order: Order) -> None:
        """How far an order is."""
        self.event(
            "order_polled", poll=number, status=order.status.value, executed=plain(order.executed)
        )

    def ended(self, order: Order, duration_s: float) -> None:
        """What became of an order."""
        told = {
            "order_id": order.order_id,
            "status": order.status.value,
            "executed_quantity": plain(order.executed),
            "avg_price": plain(order.average_price),
            "total_cost": plain(order.executed_quote),
            "fill_rate": f"{order.fill_rate:.1f}",
            "duration": round(duration_s, 3),
        }
        self.event("order_filled" if order.executed else "order_ended", order=told)

    def position(self, before: Position, after: Position, holdings: Holdings) -> None:
        """How the position changed, and what the account says."""
        self.event(
            "position_updated",
            before={"quantity": plain(before.quantity), "cost_avg": plain(before.average_cost)},
            after={"quantity": plain(after.quantity), "cost_avg": plain(after.average_cost)},
            balances={"coin": plain(holdings.coin), "money": plain(holdings.money)},
        )

    def waits(self, error: ExchangeError, request: str, attempt: int, wait_s: float) -> None:
        """A request is sent again after a while."""
        self.event("retry", request=request, error=str(error), attempt=attempt, wait_s=wait_s)

    def failed(self, error: ExchangeError) -> None:
        """A rebalance ended in an error."""
        self.event("rebalance_error", error_type=type(error).__name__, details=str(error))
