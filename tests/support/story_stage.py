"""Where the stories of scenario.py are played: what each of their verbs does to an exchange, and
what is checked after it."""

import re
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypersim.account.user import FeeRates
from hypersim.market.events import (
    DepthUpdated,
    FeedStalled,
    Level,
    PricePassed,
    QuoteUpdated,
    TradePrinted,
)
from hypersim.market.instrument import TradingStatus
from hypersim.market.number import plain, truncate
from hypersim.trading.account_commands import (
    Deposit,
    OpenAccount,
    SetBalance,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.commands import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    CancelOrderList,
    CancelRestriction,
    Command,
    ListInstrument,
    PassTime,
    PlaceOrderList,
    ReplaceOrder,
    SetTradingStatus,
)
from hypersim.trading.events import Event, OrderAccepted, OrderListChanged
from hypersim.trading.order_list import ListKind
from tests.support.builders import (
    START_MS,
    SYMBOL,
    done,
    exchange,
    instrument,
    levels,
    moved,
)
from tests.support.invariants import EventAudit, check_books, check_money
from tests.support.story_orders import NUMBER, Asked, Teller, order_of

_RICH = {"BTC": Decimal(100), "USDT": Decimal(10_000)}


class Stage:
    """Where a story is played: an exchange, its clock, and who is who."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.exchange = exchange(accounts=0)
        self.accounts: dict[str, int] = {}
        self.orders: dict[str, int] = {}
        self.lists: dict[str, int] = {}
        self._audit = EventAudit(self.exchange.state.counters)
        self._teller = Teller(self.accounts, self.orders, self.lists)
        self._labels: deque[str | None] = deque()
        self._list_label: str | None = None

    def play(self, step: str) -> None:
        """One line."""
        action, _, expected = (part.strip() for part in step.partition("->"))
        for pattern, verb in _VERBS.items():
            if match := re.fullmatch(pattern, action):
                verb(self, expected, **match.groupdict())
                break
        else:
            raise AssertionError("no verb fits this line")
        check_money(self.exchange.state)
        check_books(self.exchange.state)

    def begin(self, expected: str, matching: str, fills: str) -> None:
        assert not expected
        self.exchange = exchange(accounts=0, matching=matching, fills=fills)
        self._audit = EventAudit(self.exchange.state.counters)

    def list_instrument(self, expected: str, changes: str) -> None:
        words = changes.split()
        pairs = zip(words[::2], words[1::2], strict=True)
        numbers: dict[str, Any] = {name: Decimal(number) for name, number in pairs}
        for name in numbers:
            is_count = name.startswith(("open_", "algo_", "iceberg_", "order_", "average_"))
            if is_count and name.endswith(("_max", "_minutes")):
                numbers[name] = int(numbers[name])
        self._run(ListInstrument(instrument(**numbers)), expected)

    def place(self, expected: str, who: str, order: str) -> None:
        asked = order_of(order, self._account(who), self.now_ms)
        self._labels = deque([asked.label])
        self._run(asked.command, expected)

    def place_list(
        self, expected: str, who: str, kind: str, label: str, name: str | None, orders: str
    ) -> None:
        account_id = self._account(who)
        asked = self._asked(orders, account_id)
        self._labels = deque(one.label for one in asked)
        self._list_label = label
        commands = tuple(one.command for one in asked)
        self._run(PlaceOrderList(account_id, SYMBOL, ListKind(kind), commands, name), expected)

    def replace(self, expected: str, who: str, label: str, anyway: str | None, order: str) -> None:
        account_id = self._account(who)
        (asked,) = self._asked(order, account_id)
        self._labels = deque([asked.label])
        cancel = CancelOrder(account_id, self.orders[label])
        self._run(ReplaceOrder(cancel, asked.command, anyway is not None), expected)

    def _asked(self, orders: str, account_id: int) -> list[Asked]:
        return [
            order_of(order, account_id, self.now_ms, is_retry_safe=False)
            for order in orders.split(";")
        ]

    def cancel(self, expected: str, who: str, label: str, only: str | None = None) -> None:
        account_id = self._account(who)
        if label == "all":
            self._run(CancelAllOrders(account_id), expected)
        elif label in self.lists:
            self._run(CancelOrderList(account_id, self.lists[label]), expected)
        else:
            restriction = CancelRestriction(f"only_{only.replace(' ', '_')}") if only else None
            self._run(CancelOrder(account_id, self.orders[label], restriction), expected)

    def amend(
        self,
        expected: str,
        who: str,
        label: str,
        quantity: str | None,
        price: str | None,
        name: str | None,
    ) -> None:
        account_id, order_id = self._account(who), self.orders[label]
        new_quantity, new_price = (
            None if text is None else Decimal(text) for text in (quantity, price)
        )
        self._run(AmendOrder(account_id, order_id, new_quantity, new_price, name), expected)

    def move_money(self, expected: str, who: str, verb: str, amount: str, asset: str) -> None:
        kind = {"deposits": Deposit, "withdraws": Withdraw, "sets": SetBalance}[verb]
        command: Any = kind(self._account(who), asset, Decimal(amount))
        self._run(command, expected)

    def set_fees(self, expected: str, who: str, maker: str, taker: str) -> None:
        rates = FeeRates(Decimal(maker), Decimal(taker))
        self._run(SetFeeRates(self._account(who), rates), expected)

    def show(self, expected: str, bids: str, asks: str) -> None:
        event = DepthUpdated(SYMBOL, self.now_ms, _levels(bids), _levels(asks))
        self._run(moved(event), expected)

    def quote(self, expected: str, bids: str, asks: str) -> None:
        (bid,), (ask,) = _levels(bids), _levels(asks)
        self._run(moved(QuoteUpdated(SYMBOL, self.now_ms, *bid, *ask)), expected)

    def print_trade(self, expected: str, price: str) -> None:
        event = TradePrinted(SYMBOL, self.now_ms, Decimal(price), Decimal(1), False)
        self._run(moved(event), expected)

    def pass_prices(self, expected: str, way: str, price: str, size: str) -> None:
        """The way alone; the quote and the trade at its end are steps of their own."""
        is_gap = way == "jumps"
        event = PricePassed(SYMBOL, self.now_ms, Decimal(price), Decimal(size), is_gap=is_gap)
        self._run(moved(event), expected)

    def change_status(self, expected: str, verb: str) -> None:
        if verb == "stalls":
            self._run(moved(FeedStalled(SYMBOL, self.now_ms)), expected)
            return
        status = TradingStatus.HALTED if verb == "halts" else TradingStatus.TRADING
        self._run(SetTradingStatus(SYMBOL, status), expected)

    def pass_time(self, expected: str, seconds: str, unnoticed: str | None) -> None:
        self.now_ms += 1_000 * int(seconds)
        if not unnoticed:
            self._run(PassTime(), expected)

    def check_owned(self, expected: str, who: str, verb: str, what: str) -> None:
        assert not expected
        ledger, account_id = self.exchange.state.ledger, self._account(who)
        read = ledger.available if verb == "owns" else ledger.locked
        owned = {asset: read(account_id, asset) for asset in _RICH}
        text = ", ".join(f"{plain(v)} {asset}" for asset, v in owned.items() if v) or "nothing"
        assert text == what, f"{who} {verb} {text}"

    def check_order(self, expected: str, label: str, what: str) -> None:
        assert not expected
        state, order_id = self.exchange.state, self.orders[label]
        order = state.orders.get(order_id) or state.recent.get(order_id)
        assert order is not None
        text = f"{order.status}, {plain(order.filled)} of {plain(order.quantity)}"
        if order.filled:
            text += f" at {plain(truncate(order.notional / order.filled, 8))}"
        assert text == what, f"{label} is {text}"

    def _account(self, name: str) -> int:
        if name not in self.accounts:
            self._prepare(OpenAccount(f"{name}@example.com"))
            account_id = self.accounts[name] = self.exchange.state.counters.account_id
            for asset, amount in _RICH.items():
                self._prepare(Deposit(account_id, asset, amount))
        return self.accounts[name]

    def _prepare(self, command: Command) -> None:
        self._audit.see(done(self.exchange, command, self.now_ms), self.exchange.state.counters)

    def _run(self, command: Command, expected: str) -> None:
        events, rejected = self.exchange.execute(command, self.now_ms)
        self._audit.see(events, self.exchange.state.counters)
        for event in events:
            self._name(event)
        happened = [text for event in events if (text := self._teller.told(event))]
        if rejected is not None:
            happened.append(self._teller.refused(rejected))
        text = ", ".join(happened) or "nothing"
        if expected:
            assert text == expected, f"-> {text}"
        else:
            assert rejected is None, f"-> {text}"

    def _name(self, event: Event) -> None:
        if isinstance(event, OrderAccepted) and self._labels:
            label = self._labels.popleft()
            if label is not None:
                self.orders[label] = event.order.id
        if isinstance(event, OrderListChanged) and self._list_label is not None:
            self.lists[self._list_label], self._list_label = event.order_list.id, None


def _levels(text: str) -> tuple[Level, ...]:
    pairs = [tuple(level.split(" x ")) for level in text.split(", ") if level != "nothing"]
    return levels([(price, size) for price, size in pairs])


_WHO = r"(?P<who>\w+)"
_SIDES = r"(?P<bids>[^/]+) / (?P<asks>[^/]+)"
_VERBS: dict[str, Callable[..., None]] = {
    r"exchange (?P<matching>\w+) (?P<fills>\w+)": Stage.begin,
    r"instrument (?P<changes>.+)": Stage.list_instrument,
    rf"{_WHO} lists (?P<kind>\w+) as (?P<label>\w+)(?: id (?P<name>\w+))?: (?P<orders>.+)": (
        Stage.place_list
    ),
    rf"{_WHO} replaces (?P<label>\w+)(?P<anyway> anyway)?: (?P<order>.+)": Stage.replace,
    rf"{_WHO} (?P<order>(?:buys|sells) .+)": Stage.place,
    rf"{_WHO} cancels (?P<label>\w+)(?: if (?P<only>.+))?": Stage.cancel,
    rf"{_WHO} amends (?P<label>\w+) to"
    rf"(?: (?P<quantity>{NUMBER}))?(?: @ (?P<price>{NUMBER}))?(?: id (?P<name>\w+))?": Stage.amend,
    rf"{_WHO} (?P<verb>deposits|withdraws|sets) (?P<amount>{NUMBER}) (?P<asset>\w+)": (
        Stage.move_money
    ),
    rf"{_WHO} pays maker (?P<maker>{NUMBER}) taker (?P<taker>{NUMBER})": Stage.set_fees,
    rf"market shows {_SIDES}": Stage.show,
    rf"market quotes {_SIDES}": Stage.quote,
    rf"market prints (?P<price>{NUMBER})": Stage.print_trade,
    rf"market (?P<way>passes|jumps) to (?P<price>{NUMBER}) x (?P<size>{NUMBER})": Stage.pass_prices,
    r"market (?P<verb>halts|resumes|stalls)": Stage.change_status,
    r"(?P<seconds>\d+) s pass(?P<unnoticed> unnoticed)?": Stage.pass_time,
    rf"{_WHO} (?P<verb>owns|locks) (?P<what>.+)": Stage.check_owned,
    r"(?P<label>\w+) is (?P<what>.+)": Stage.check_order,
}
