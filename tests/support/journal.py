"""What one trader was told, which must never turn out to be untrue."""

from collections import Counter
from enum import StrEnum
from typing import Any, NamedTuple

CONSTANT = ("id", "clientOrderId", "timestamp", "symbol", "type", "side", "timeInForce", "postOnly")


Body = dict[str, Any]


class Fate(StrEnum):
    """What a trader knows of something that it asked for."""

    DONE = "done"
    REFUSED = "refused"
    TURNED_AWAY = "turned away"
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """`body` is None when there was no answer."""

    fate: Fate
    body: Any = None


class Journal:
    """What one trader was told. `fates` are by client order id, `gifts` by reference; `unsure` are
    orders whose change got no answer, `gone` those that were canceled for sure."""

    def __init__(self) -> None:
        self.orders: dict[str, Body] = {}
        self.requests: dict[str, Body] = {}
        self.fates: dict[str, Fate] = {}
        self.nameless: Counter[Fate] = Counter()
        self.gifts: dict[str, Fate] = {}
        self.unsure: set[str] = set()
        self.gone: set[str] = set()
        self.fresh: set[str] = set()

    def learn(self, order: Body, *, is_changed: bool = False) -> None:
        """The exchange says that this is how the order stands."""
        known = self.orders.get(order["id"])
        if known is not None:
            must_agree(known, order, is_changed=is_changed or order["id"] in self.unsure)
        self.orders[order["id"]] = order
        self.fresh.add(order["id"])

    def open_ids(self) -> list[str]:
        """Orders that were open when last heard of."""
        return [name for name, order in self.orders.items() if order["status"] == "open"]


def must_agree(known: Body, now: Body, *, is_changed: bool) -> None:
    """What was said of an order may be added to, never taken back."""
    if known["status"] != "open":
        assert now == known, (known, now)
        return
    for field in CONSTANT if is_changed else (*CONSTANT, "amount", "price"):
        assert now[field] == known[field], (field, known, now)
    assert now["filled"] >= known["filled"], (known, now)
    assert now["trades"][: len(known["trades"])] == known["trades"], (known, now)
