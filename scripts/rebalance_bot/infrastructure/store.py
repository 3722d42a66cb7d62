"""The bot's memory: where the guide has Redis, a small SQLite file with its keys.

`rebalance:order:{orderId}`, `rebalance:position` and `rebalance:intent` are JSON values,
`rebalance:history` is a list. What belongs together is written in one transaction.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from scripts.rebalance_bot.application.ports import Intent
from scripts.rebalance_bot.domain.order import Order
from scripts.rebalance_bot.domain.position import Position
from scripts.rebalance_bot.domain.side import Side

ORDER = "rebalance:order:{}"
POSITION = "rebalance:position"
INTENT = "rebalance:intent"
LAST = "rebalance:last_client_id"
HISTORY = "rebalance:history"

TABLES = """
CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS list (number INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL)
"""


class SqliteStore:
    """One file, one bot."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path)
        self._db.executescript(TABLES)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def intent(self) -> Intent | None:
        """The order that is under way."""
        told = self.value(INTENT)
        return None if told is None else _intent(told)

    def last_client_id(self) -> str:
        """Of the newest order; empty if there was none."""
        return str(self.value(LAST) or "")

    def begin(self, intent: Intent) -> None:
        """Remember an order before it is sent."""
        with self._db:
            self._set(INTENT, _told(intent))
            self._set(LAST, intent.client_id)

    def placed(self, order_id: str, intent: Intent) -> None:
        """It has an id."""
        with self._db:
            self._set(ORDER.format(order_id), _told(intent) | {"status": "NEW"})

    def finish(self, order: Order | None, position: Position, entry: Mapping[str, str]) -> None:
        """The order is over (None: it never began)."""
        with self._db:
            self._db.execute("DELETE FROM entry WHERE key = ?", (INTENT,))
            self._set(POSITION, _position_told(position))
            if order is None:
                return
            self._set(ORDER.format(order.order_id), dict(entry))
            self._db.execute(
                "INSERT INTO list (key, value) VALUES (?, ?)", (HISTORY, json.dumps(dict(entry)))
            )

    def position(self) -> Position | None:
        """The newest one."""
        told = self.value(POSITION)
        return None if told is None else _position(told)

    def keep(self, position: Position) -> None:
        """A position without an order."""
        with self._db:
            self._set(POSITION, _position_told(position))

    def history(self) -> list[dict[str, str]]:
        """All orders that are over, the newest first."""
        query = "SELECT value FROM list WHERE key = ? ORDER BY number DESC"
        with closing(self._db.execute(query, (HISTORY,))) as rows:
            return [json.loads(value) for (value,) in rows]

    def value(self, key: str) -> Any:
        """What is kept there; None if nothing is."""
        with closing(self._db.execute("SELECT value FROM entry WHERE key = ?", (key,))) as rows:
            row = rows.fetchone()
        return None if row is None else json.loads(row[0])

    def _set(self, key: str, value: object) -> None:
        query = "INSERT INTO entry VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        self._db.execute(query, (key, json.dumps(value)))


def _position_told(position: Position) -> dict[str, str]:
    return {"quantity": str(position.quantity), "average_cost": str(position.average_cost)}


def _position(told: Mapping[str, str]) -> Position:
    return Position(Decimal(told["quantity"]), Decimal(told["average_cost"]))


def _told(intent: Intent) -> dict[str, Any]:
    return {
        "client_id": intent.client_id,
        "side": intent.side.value,
        "quantity": str(intent.quantity),
        "price": str(intent.price),
        "sent_ms": intent.sent_ms,
        "before": _position_told(intent.before),
    }


def _intent(told: Mapping[str, Any]) -> Intent:
    return Intent(
        client_id=told["client_id"],
        side=Side(told["side"]),
        quantity=Decimal(told["quantity"]),
        price=Decimal(told["price"]),
        sent_ms=told["sent_ms"],
        before=_position(told["before"]),
    )
