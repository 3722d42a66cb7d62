"""A naive exchange for one market with step 1, to compare the real one with.

Plain lists that are sorted again for every question; nothing shared with hypersim.trading but the
words of commands. It keeps what each account has in total and derives what is locked.
"""

from decimal import Decimal

from hypersim.market.events import Level
from hypersim.trading.commands import AmendOrder, PlaceOrder
from hypersim.trading.order import SelfTradePrevention as Stp
from hypersim.trading.order import Side, TimeInForce
from tests.support.oracle_orders import NOTHING, Entry, Step, Trade, cut, paid_in, taken_off
from tests.support.oracle_reference import Reference


class Oracle:
    """What the exchange should do. Where `kept_rate` is not zero, both sides pay their fees in
    quote, and buys keep so much for theirs."""

    kept_rate = NOTHING

    def __init__(self, fills: str, matching: str, open_orders_max: int) -> None:
        assert fills in {"touch", "depth"}, f"teach the oracle about {fills}"
        self.is_shared = matching == "shared"
        self.reference = Reference(is_endless=fills == "touch")
        self.open_orders_max = open_orders_max
        self.orders: list[Entry] = []
        self.trades: list[Trade] = []
        self.money: dict[tuple[int, str], Decimal] = {}
        self.rates: dict[int, tuple[Decimal, Decimal]] = {}
        self.used_ids: dict[tuple[int, str], tuple[PlaceOrder, int]] = {}
        self.rank = self.trade_id = 0
        self.unsold = NOTHING
        self.is_halted = self.is_stale = self.has_traded = False

    @property
    def has_price(self) -> bool:
        return self.has_traded or all(self.reference.shown.values())

    def open(self, account: int | None = None) -> list[Entry]:
        return [
            entry
            for entry in self.orders
            if entry.status in {"new", "open", "partially_filled"}
            and account in (None, entry.account)
        ]

    def resting(self) -> list[Entry]:
        """Those that do not wait for anything."""
        return [entry for entry in self.open() if entry.phase == "working"]

    def locked(self, account: int, asset: str) -> Decimal:
        side = Side.BUY if asset == "USDT" else Side.SELL
        return sum((e.owes for e in self.open(account) if e.side is side), NOTHING)

    def free(self, account: int, asset: str) -> Decimal:
        return self.money.get((account, asset), NOTHING) - self.locked(account, asset)

    def place(self, ask: PlaceOrder) -> bool:
        """Whether the order is accepted."""
        name = (ask.account_id, ask.client_order_id or "")
        if name[1] and name in self.used_ids:
            return False
        is_market = ask.price is None
        if self.is_halted or (is_market and (self.is_stale or not self.has_price)):
            return False
        if len(self.open(ask.account_id)) >= self.open_orders_max:
            return False
        expires_ms = ask.expires_ms if ask.time_in_force is TimeInForce.GTD else None
        entry = Entry(
            len(self.orders) + 1,
            ask.account_id,
            ask.side,
            ask.price,
            ask.quantity or NOTHING,
            self.rank + 1,
            ask.self_trade_prevention,
            ask.post_only,
            expires_ms,
            time_in_force=ask.time_in_force,
            kept_rate=self.kept_rate,
        )
        steps = self.walk(entry, ask.quote_quantity)
        traded = sum((quantity for _, _, quantity, _, _ in steps), NOTHING)
        if ask.quote_quantity is not None:
            entry.quantity = traded + sum((off for _, _, _, off, _ in steps), NOTHING)
        is_refused = entry.quantity < 1 or (ask.post_only and steps)
        if is_refused or self.needs(entry, steps) > self.free(ask.account_id, paid_in(ask.side)):
            return False
        entry.quantity += self.unsold
        if name[1]:
            self.used_ids[name] = ask, entry.id
        self.rank += 1
        self.orders.append(entry)
        self.arrive(entry, steps)
        return True

    def arrive(self, entry: Entry, steps: list[Step]) -> None:
        """What an order does that goes to the market now."""
        traded = sum((quantity for _, _, quantity, _, _ in steps), NOTHING)
        if entry.time_in_force != "FOK" or traded == entry.left:
            self.trade(entry, steps)
        if entry.left and entry.never_rests:
            self.end(entry, "expired")

    def end(self, entry: Entry, status: str) -> None:
        entry.status = status
        self.changed(entry)

    def cancel(self, entry: Entry) -> None:
        self.end(entry, "canceled")

    def cancel_all(self, account: int) -> None:
        for entry in self.open(account):
            self.end(entry, "canceled")

    def changed(self, entry: Entry) -> None:
        """For those who watch: the order traded, shrank or ended."""

    def traded_at(self, price: Decimal) -> None:
        """For those who watch: two users traded."""
        del price
        self.has_traded = True

    def needs(self, entry: Entry, steps: list[Step]) -> Decimal:
        if entry.side is Side.SELL:
            return entry.quantity
        if entry.price is not None:
            return entry.with_fee(cut(entry.price * entry.quantity))
        cost = sum((cut(price * quantity) for _, price, quantity, _, _ in steps), NOTHING)
        return entry.with_fee(cost)

    def amend(self, ask: AmendOrder) -> bool:
        """Whether the order is amended."""
        assert isinstance(ask.order, int), ask
        entry = self.orders[ask.order - 1] if 0 < ask.order <= len(self.orders) else None
        if entry is None or entry not in self.open(ask.account_id) or self.is_halted:
            return False
        old_price, old_quantity, old_rank = entry.limit, entry.quantity, entry.rank
        free = self.free(entry.account, paid_in(entry.side)) + entry.owes
        price, quantity = ask.price or entry.limit, ask.quantity or entry.quantity
        if (price, quantity) == (
            old_price,
            old_quantity,
        ) or quantity <= entry.filled + entry.prevented:
            return False
        entry.price, entry.quantity = price, quantity
        steps = self.walk(entry, None) if price != old_price else []
        paid = sum(
            (cut(p * q) if entry.side is Side.BUY else q for _, p, q, _, _ in steps), NOTHING
        )
        rests = entry.left - sum((quantity + off for _, _, quantity, off, _ in steps), NOTHING)
        hold = rests
        if entry.side is Side.BUY:
            paid, hold = entry.with_fee(paid), entry.with_fee(cut(rests * price))
        if paid + hold > free or (entry.post_only and steps):
            entry.price, entry.quantity = old_price, old_quantity
            return False
        if price != old_price or quantity > old_quantity:
            self.rank += 1
            entry.rank = self.rank
        assert entry.rank >= old_rank
        self.trade(entry, steps)
        self.follow_up()
        return True

    def walk(self, taker: Entry, cost: Decimal | None) -> list[Step]:
        """What the arriving order meets."""
        sign = 1 if taker.side is Side.BUY else -1
        pool = self.pool(taker.account)
        offers: list[tuple[Decimal, int, Decimal, Entry | None]] = [
            (sign * e.limit, e.rank, e.left, e)
            for e in self.resting()
            if self.pool(e.account) == pool and e.side is not taker.side
        ]
        offers += [
            (sign * p, 10**9, left, None) for p, left in self.reference.offered(taker.side, pool)
        ]
        steps: list[Step] = []
        self.unsold = NOTHING
        wanted, budget = taker.left, cost or NOTHING
        for key, _, size, maker in sorted(offers, key=lambda offer: offer[:2]):
            price = sign * key
            if cost is not None:
                wanted = budget // price
            if not wanted or (taker.price is not None and key > sign * taker.price):
                break
            if maker and maker.account == taker.account and taker.stp is not Stp.NONE:
                off = taken_off(taker.stp, wanted, maker.left)
                steps.append((maker, price, NOTHING, *off))
                if off[0] == wanted:
                    break
                quantity = off[0]
            else:
                quantity = min(wanted, size)
                steps.append((maker, price, quantity, NOTHING, NOTHING))
            wanted -= quantity
            budget -= cut(price * quantity)
        else:
            # The rest of the cost, which nobody takes, would have bought so much at the last price.
            self.unsold = budget // price if cost is not None and steps else NOTHING
        return steps

    def trade(self, taker: Entry, steps: list[Step]) -> None:
        pool = self.pool(taker.account)
        for maker, price, quantity, taker_off, maker_off in steps:
            if maker and not quantity:
                for entry, off in ((maker, maker_off), (taker, taker_off)):
                    self.lose(entry, off)
                continue
            self.trade_id += 1
            self.settle(taker, price, quantity, is_maker=False)
            if maker:
                # What an account trades with itself where it is alone is nobody's price.
                if self.is_shared:
                    self.traded_at(price)
                self.settle(maker, price, quantity, is_maker=True)
            else:
                self.reference.eat(taker.side, pool, price, quantity)

    def lose(self, entry: Entry, quantity: Decimal) -> None:
        """Self-trade prevention takes this off."""
        entry.prevented += quantity
        if quantity and not entry.left:
            self.end(entry, "expired")
        elif quantity:
            self.changed(entry)

    def move(self, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> None:
        """The reference market shows this now."""
        self.reference.show(bids, asks)
        self.is_stale = False
        self.react()

    def react(self) -> None:
        """Resting orders fill as far as the reference market reaches them, unless it is halted."""
        if self.is_halted:
            return
        for entry in sorted(self.resting(), key=self.turn):
            sign = 1 if entry.side is Side.BUY else -1
            taken, pool = NOTHING, self.pool(entry.account)
            for price, left in self.reference.offered(entry.side, pool):
                if sign * price <= sign * entry.limit and taken < entry.left:
                    quantity = min(left, entry.left - taken)
                    self.reference.eat(entry.side, pool, price, quantity)
                    taken += quantity
            if taken:
                self.trade_id += 1
                self.settle(entry, entry.limit, taken, is_maker=True)

    def turn(self, entry: Entry) -> tuple[bool, Decimal, int]:
        better = -entry.limit if entry.side is Side.BUY else entry.limit
        return entry.side is Side.SELL, better, entry.rank

    def expire(self, now_ms: int) -> None:
        for entry in self.open():
            if entry.expires_ms is not None and entry.expires_ms <= now_ms:
                self.end(entry, "expired")
        self.follow_up()

    def resume(self) -> None:
        self.is_halted = False
        self.react()

    def follow_up(self) -> None:
        """For those who watch: all that was asked for has been done."""

    def pool(self, account: int) -> int:
        return 0 if self.is_shared else account

    def settle(self, entry: Entry, price: Decimal, quantity: Decimal, *, is_maker: bool) -> None:
        entry.filled += quantity
        entry.status = "partially_filled" if entry.left else "filled"
        paid, got, asset = cut(price * quantity), quantity, "BTC"
        if entry.side is Side.SELL:
            paid, got, asset = got, paid, "USDT"
        rate = self.rates[entry.account][0 if is_maker else 1]
        fee, fee_asset = cut(got * rate), asset
        if self.kept_rate and entry.side is Side.BUY:
            fee, fee_asset = cut(paid * rate), "USDT"
        self.money[entry.account, paid_in(entry.side)] -= paid
        self.money[entry.account, asset] += got
        self.money[entry.account, fee_asset] -= fee
        self.changed(entry)
        self.trades.append((self.trade_id, entry.id, entry.side, price, quantity, fee, is_maker))
