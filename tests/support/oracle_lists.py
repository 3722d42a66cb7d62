"""The naive exchange with orders that wait: for a price, or for another order of their list.

Trailing orders and lists that pay are not its business; stories show them.
"""

from dataclasses import dataclass
from decimal import Decimal

from hypersim.market.events import Level
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import Side, Trigger
from tests.support.oracle import Oracle
from tests.support.oracle_orders import NOTHING, Entry, cut, paid_in


@dataclass
class Chain:
    """Orders that depend on each other: a pair, or a first order on which the other one waits."""

    entries: list[Entry]
    is_pair: bool
    is_open: bool = True
    is_placed: bool = False

    def other(self, entry: Entry) -> Entry:
        return self.entries[1] if entry is self.entries[0] else self.entries[0]


class ListOracle(Oracle):
    """What the exchange should do."""

    def __init__(self, fills: str, matching: str, open_orders_max: int) -> None:
        super().__init__(fills, matching, open_orders_max)
        self.chains: list[Chain] = []
        self.last: Decimal | None = None
        self.moved: list[Chain] = []
        self.prints: list[Decimal] = []
        self.due: list[Entry] = []

    @property
    def current(self) -> Decimal | None:
        """The last price, else the middle of the spread."""
        if self.last is not None:
            return self.last
        shown = self.reference.shown
        asks, bids = shown[Side.BUY], shown[Side.SELL]
        return (asks[0][0] + bids[0][0]) / 2 if asks and bids else None

    def chain_of(self, entry: Entry) -> Chain | None:
        return next((c for c in self.chains if c.is_open and entry in c.entries), None)

    def locked(self, account: int, asset: str) -> Decimal:
        side = Side.BUY if asset == "USDT" else Side.SELL
        mine = [entry for entry in self.open(account) if entry.side is side]
        total = sum((entry.owes for entry in mine), NOTHING)
        for chain in self.chains:
            if chain.is_open and chain.is_pair and all(entry in mine for entry in chain.entries):
                total -= min(entry.owes for entry in chain.entries)
        return total

    def changed(self, entry: Entry) -> None:
        chain = self.chain_of(entry)
        if chain is not None and chain not in self.moved:
            self.moved.append(chain)

    def traded_at(self, price: Decimal) -> None:
        super().traded_at(price)
        self.last = price
        self.prints.append(price)

    def print_trade(self, price: Decimal) -> None:
        self.has_traded = True
        self.last = price
        self.prints.append(price)
        self.follow_up()

    def move(self, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> None:
        super().move(bids, asks)
        self.look()

    def resume(self) -> None:
        super().resume()
        self.look()

    def look(self) -> None:
        """What the price is now counts."""
        if self.current is not None:
            self.prints.insert(0, self.current)
        self.follow_up()

    def place(self, ask: PlaceOrder) -> bool:
        is_accepted = self.place_waiting(ask) if ask.trigger else super().place(ask)
        self.follow_up()
        return is_accepted

    def place_waiting(self, ask: PlaceOrder) -> bool:
        entry = self.entry_of(ask, 1)
        is_full = len(self.open(ask.account_id)) >= self.open_orders_max
        if self.is_halted or is_full or self.would_trigger(entry):
            return False
        if entry.owes > self.free(ask.account_id, paid_in(ask.side)):
            return False
        self.enter(entry)
        return True

    def place_pair(self, one: PlaceOrder, other: PlaceOrder) -> bool:
        entries = [self.entry_of(one, 1), self.entry_of(other, 2)]
        goal, stop = entries
        sign = 1 if goal.side is Side.SELL else -1
        assert stop.trigger is not None
        price = self.current
        middle = (stop.trigger + goal.limit) / 2 if price is None else price
        is_apart = sign * goal.limit > sign * middle > sign * stop.trigger
        is_full = len(self.open(one.account_id)) + 2 > self.open_orders_max
        if self.is_halted or is_full or not is_apart or self.walk(goal, None):
            return False
        if max(goal.owes, stop.owes) > self.free(one.account_id, paid_in(one.side)):
            return False
        self.chains.append(Chain(entries, is_pair=True))
        for entry in entries:
            self.enter(entry)
        self.follow_up()
        return True

    def place_two(self, one: PlaceOrder, other: PlaceOrder) -> bool:
        first, second = self.entry_of(one, 1), self.entry_of(other, 2)
        is_full = len(self.open(one.account_id)) + 2 > self.open_orders_max
        second.phase, second.status = "waits", "new"
        steps = self.walk(first, None)
        free = self.free(one.account_id, paid_in(one.side))
        if self.is_halted or is_full or self.needs(first, steps) > free:
            return False
        self.chains.append(Chain([first, second], is_pair=False))
        self.enter(first)
        self.enter(second)
        self.arrive(first, steps)
        self.follow_up()
        return True

    def entry_of(self, ask: PlaceOrder, place: int) -> Entry:
        entry = Entry(
            len(self.orders) + place,
            ask.account_id,
            ask.side,
            ask.price,
            ask.quantity or NOTHING,
            self.rank + place,
            ask.self_trade_prevention,
            ask.post_only,
            None,
            time_in_force=ask.time_in_force,
            kept_rate=self.kept_rate,
        )
        if ask.trigger is not None:
            entry.phase, entry.trigger = "untriggered", ask.trigger_price
            is_stop = ask.trigger is Trigger.STOP_LOSS
            entry.rises = is_stop == (ask.side is Side.BUY)
        return entry

    def enter(self, entry: Entry) -> None:
        self.orders.append(entry)
        self.rank += 1

    def would_trigger(self, entry: Entry) -> bool:
        return self.current is not None and self.is_reached(entry, self.current)

    def is_reached(self, entry: Entry, price: Decimal) -> bool:
        assert entry.trigger is not None
        return price >= entry.trigger if entry.rises else price <= entry.trigger

    def cancel(self, entry: Entry) -> None:
        chain = self.chain_of(entry)
        ended = [entry] if chain is None else [e for e in chain.entries if e in self.open()]
        if chain is not None:
            chain.is_open = False
        for one in ended:
            self.end(one, "canceled")

    def cancel_all(self, account: int) -> None:
        super().cancel_all(account)
        self.follow_up()

    def follow_up(self) -> None:
        """First prices, then lists, then the orders that were fired."""
        while self.prints or self.moved or self.due:
            if self.prints:
                price = self.prints.pop(0)
                waiting = [e for e in self.open() if e.phase == "untriggered"]
                if not (self.is_halted or self.is_stale):
                    reached = [e for e in waiting if self.is_reached(e, price)]
                    self.due += sorted(reached, key=lambda entry: entry.rank)
            elif self.moved:
                chain = self.moved.pop(0)
                if chain.is_open:
                    self.follow(chain)
            else:
                entry = self.due.pop(0)
                if entry.status == "open" and entry.phase == "untriggered":
                    self.fire(entry)

    def follow(self, chain: Chain) -> None:
        if chain.is_pair:
            waiting = [e for e in chain.entries if not self.has_started(e)]
            if len(waiting) < 2:
                chain.is_open = False
                for entry in waiting:
                    self.end(entry, "expired")
        elif chain.is_placed:
            chain.is_open = any(entry in self.open() for entry in chain.entries)
        elif chain.entries[0].status == "filled":
            self.activate(chain)
        elif any(entry not in self.open() for entry in chain.entries):
            self.close(chain)

    def has_started(self, entry: Entry) -> bool:
        is_fired = entry.trigger is not None and entry.phase == "working"
        return entry not in self.open() or bool(entry.filled or entry.prevented) or is_fired

    def close(self, chain: Chain) -> None:
        chain.is_open = False
        for entry in chain.entries:
            if entry in self.open():
                self.end(entry, "expired")

    def activate(self, chain: Chain) -> None:
        second = chain.entries[1]
        second.phase = "working" if second.trigger is None else "untriggered"
        second.status = "open"
        is_conditional = second.trigger is not None
        steps = [] if is_conditional else self.walk(second, None)
        needed = second.owes if is_conditional else self.needs(second, steps)
        # It does not lock anything before it is placed.
        free = self.free(second.account, paid_in(second.side)) + second.owes
        is_refused = needed > free or (is_conditional and self.would_trigger(second))
        if is_refused or (second.post_only and steps):
            self.close(chain)
            return
        chain.is_placed = True
        self.rank += 1
        second.rank = self.rank
        if not is_conditional:
            self.arrive(second, steps)

    def fire(self, entry: Entry) -> None:
        chain = self.chain_of(entry)
        if chain is not None and chain.is_pair:
            self.end(chain.other(entry), "expired")
        steps = self.walk(entry, None)
        paid = sum(
            (cut(p * q) if entry.side is Side.BUY else q for _, p, q, _, _ in steps), NOTHING
        )
        rests = entry.left - sum((q + off for _, _, q, off, _ in steps), NOTHING)
        if entry.never_rests:
            rests = NOTHING
        hold = rests
        if entry.side is Side.BUY:
            paid = entry.with_fee(paid)
            hold = entry.with_fee(cut(rests * entry.limit)) if rests else NOTHING
        if paid + hold > self.free(entry.account, paid_in(entry.side)) + entry.owes:
            self.end(entry, "expired")
            return
        entry.phase = "working"
        self.rank += 1
        entry.rank = self.rank
        self.changed(entry)
        self.arrive(entry, steps)
