"""Whether an exchange still stands by everything that it has told a trader."""

from collections import Counter, defaultdict
from decimal import Decimal

from tests.support.journal import Body, Fate
from tests.support.truthful_trader import SYMBOL, TruthfulTrader

ATTEMPTS = 200
"""Orders fill while one looks; sooner or later nothing happens between two looks."""


def assert_promises_kept(trader: TruthfulTrader) -> None:
    """Everything acknowledged is there, nothing is there twice, and it adds up."""
    journal = trader.journal
    orders, trades, balance = _snapshot(trader)
    by_id = {order["id"]: order for order in orders}
    assert len(by_id) == len(orders), "an order is listed twice"
    for name, known in journal.orders.items():
        assert name in by_id, f"an acknowledged order is gone: {known}"
    for name in journal.gone:
        assert by_id[name]["status"] != "open", by_id[name]
    alone = sorted(journal.fresh, key=int)
    for order in orders:
        journal.learn(order)
    for name in alone:
        journal.learn(trader.read(f"/v1/order/{name}"))
    journal.fresh.clear()
    _check_names(trader, orders)
    _check_trades(by_id, trades)
    _check_money(trader, orders, trades, balance)


def _snapshot(trader: TruthfulTrader) -> tuple[list[Body], list[Body], Body]:
    for _ in range(ATTEMPTS):
        before = _without_time(trader.read("/v1/balance"))
        orders, trades = trader.read("/v1/orders"), trader.read("/v1/myTrades")
        still_open = trader.read("/v1/orders/open")
        if before == _without_time(trader.read("/v1/balance")):
            assert still_open == [order for order in orders if order["status"] == "open"]
            return orders, trades, before
    raise AssertionError("the exchange never came to rest")


def _without_time(balance: Body) -> Body:
    return {name: value for name, value in balance.items() if name not in ("timestamp", "datetime")}


def _check_names(trader: TruthfulTrader, orders: list[Body]) -> None:
    """Whatever was asked for happened once if it was acknowledged, and at most once if not."""
    journal = trader.journal
    names = Counter(order["clientOrderId"] for order in orders)
    nameless = names.pop(None, 0)
    for name, fate in journal.fates.items():
        _check_count(names.pop(name, 0), fate, name)
    assert not names, f"orders that nobody sent: {names}"
    done = journal.nameless[Fate.DONE]
    assert done <= nameless <= done + journal.nameless[Fate.UNKNOWN], (nameless, journal.nameless)


def _check_count(count: int, fate: Fate, name: str) -> None:
    allowed = {Fate.DONE: (1,), Fate.UNKNOWN: (0, 1)}.get(fate, (0,))
    assert count in allowed, f"{name} was {fate}, and is there {count} times"


def _check_trades(orders: dict[str, Body], trades: list[Body]) -> None:
    ids = Counter((trade["order"], trade["id"]) for trade in trades)
    assert not ids or max(ids.values()) == 1, "a trade is listed twice"
    by_order: dict[str, list[Body]] = {name: [] for name in orders}
    for trade in trades:
        by_order[trade["order"]].append(trade)
    for name, order in orders.items():
        assert order["trades"] == by_order[name], (order, by_order[name])
        assert order["filled"] == sum(trade["amount"] for trade in by_order[name]), order
        assert order["filled"] + order["remaining"] == order["amount"], order


def _check_money(
    trader: TruthfulTrader, orders: list[Body], trades: list[Body], balance: Body
) -> None:
    """The balance is what came in, what was traded, and what open orders hold."""
    lines = trader.read("/v1/ledger")
    gifts = Counter(line["referenceId"] for line in lines if "-gift-" in line["referenceId"])
    for reference, fate in trader.journal.gifts.items():
        _check_count(gifts.pop(reference, 0), fate, reference)
    assert not gifts, f"gifts that nobody made: {gifts}"
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    used: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line["type"] == "deposit":
            total[line["currency"]] += line["amount"]
    base, _, quote = SYMBOL.partition("/")
    for trade in trades:
        sign = 1 if trade["side"] == "buy" else -1
        total[base] += sign * trade["amount"]
        total[quote] -= sign * trade["cost"]
        total[trade["fee"]["currency"]] -= trade["fee"]["cost"]
    for order in orders:
        if order["status"] == "open":
            is_buy = order["side"] == "buy"
            price = order["price"] if is_buy else 1
            used[quote if is_buy else base] += order["remaining"] * price
    for asset in (base, quote):
        expected = {"free": total[asset] - used[asset], "used": used[asset], "total": total[asset]}
        assert balance[asset] == expected, (asset, balance[asset], expected)
