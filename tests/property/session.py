"""The machine that plays random trading sessions, compared step by step with the naive oracle.

Five prices, little money, few accounts: so that orders meet, run short and stand in each other's
way. Under both kinds of matching and every fill model.
"""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)

from hypersim.account.user import FeeRates
from hypersim.market.events import FeedStalled, Level
from hypersim.market.instrument import TradingStatus
from hypersim.trading.account_commands import Deposit, SetFeeRates, Withdraw
from hypersim.trading.commands import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    PassTime,
    PlaceOrder,
    SetTradingStatus,
)
from hypersim.trading.order import OrderType, SelfTradePrevention, Side, TimeInForce
from hypersim.trading.rules import Matching
from tests.property.comparison import Comparison
from tests.property.inputs import (
    MONEY,
    accounts,
    any_index,
    books,
    client_ids,
    limit,
    preventions,
    prices,
    sides,
    sizes,
)
from tests.support.builders import SYMBOL, depth, moved, quote
from tests.support.oracle_orders import Entry


class Session(Comparison):
    """One session of orders, moving markets, money, time and halts."""

    def place(self, command: PlaceOrder) -> None:
        """Both place it, or both refuse it; a repeated request names the first order."""
        name = command.account_id, command.client_order_id or ""
        used = self.oracle.used_ids.get(name)
        assert self.run(command) == self.oracle.place(command)
        if used is not None:
            _, rejected = self.exchange.execute(command, self.now_ms)
            assert rejected is not None
            assert rejected.order_id == (used[1] if command == used[0] else None)

    def pick(self, index: int) -> Entry:
        """An open order, or now and then one that ended."""
        entries = self.oracle.open() if index < 18 else self.oracle.orders
        return entries[index % len(entries)]

    def pick_amended(self, index: int) -> Entry:
        """An order to amend."""
        return self.pick(index)

    @rule(account=accounts, side=sides, price=prices, quantity=sizes, prevention=preventions)
    def place_patient(
        self,
        account: int,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        prevention: SelfTradePrevention,
    ) -> None:
        """Orders that rest are what the others meet."""
        self.place(limit(account, side, price, quantity, self_trade_prevention=prevention))

    @rule(
        account=accounts,
        side=sides,
        price=prices,
        quantity=sizes,
        time_in_force=st.sampled_from([TimeInForce.GTD, TimeInForce.FOK, *TimeInForce]),
        prevention=preventions,
        lifetime_ms=st.integers(1, 3),
    )
    def place_hasty(
        self,
        account: int,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        time_in_force: TimeInForce,
        prevention: SelfTradePrevention,
        lifetime_ms: int,
    ) -> None:
        is_gtd = time_in_force is TimeInForce.GTD
        self.place(
            limit(
                account,
                side,
                price,
                quantity,
                time_in_force=time_in_force,
                self_trade_prevention=prevention,
                expires_ms=self.now_ms + lifetime_ms if is_gtd else None,
            )
        )

    @rule(account=accounts, side=sides, price=prices, prevention=preventions, name=client_ids)
    def place_named(
        self,
        account: int,
        side: Side,
        price: Decimal,
        prevention: SelfTradePrevention,
        name: str | None,
    ) -> None:
        """Post-only orders, some of which repeat themselves."""
        self.place(
            limit(
                account,
                side,
                price,
                Decimal(2),
                post_only=True,
                self_trade_prevention=prevention,
                client_order_id=name,
            )
        )

    @rule(account=accounts, side=sides, quantity=sizes, prevention=preventions)
    def place_market(
        self, account: int, side: Side, quantity: Decimal, prevention: SelfTradePrevention
    ) -> None:
        self.place(
            PlaceOrder(
                account,
                SYMBOL,
                side,
                OrderType.MARKET,
                quantity=quantity,
                self_trade_prevention=prevention,
            )
        )

    @rule(account=accounts, side=sides, cost=st.integers(50, 420), prevention=preventions)
    def place_by_cost(
        self, account: int, side: Side, cost: int, prevention: SelfTradePrevention
    ) -> None:
        self.place(
            PlaceOrder(
                account,
                SYMBOL,
                side,
                OrderType.MARKET,
                quote_quantity=Decimal(cost),
                self_trade_prevention=prevention,
            )
        )

    @precondition(lambda self: len(self.oracle.open()) > 2)
    @rule(index=any_index, account=accounts, is_own=st.sampled_from([True, True, True, False]))
    def cancel(self, index: int, account: int, is_own: bool) -> None:
        entry = self.pick(index)
        owner = entry.account if is_own else account
        is_open = entry in self.oracle.open(owner)
        assert self.run(CancelOrder(owner, entry.id)) == is_open
        if is_open:
            self.oracle.cancel(entry)

    @precondition(lambda self: len(self.oracle.open()) > 6)
    @rule(account=accounts)
    def cancel_all(self, account: int) -> None:
        assert self.run(CancelAllOrders(account))
        self.oracle.cancel_all(account)

    @precondition(lambda self: self.oracle.open())
    @rule(index=any_index, price=prices, quantity=st.none() | sizes)
    def reprice(self, index: int, price: Decimal, quantity: Decimal | None) -> None:
        entry = self.pick_amended(index)
        command = AmendOrder(entry.account, entry.id, quantity, price)
        assert self.run(command) == self.oracle.amend(command)

    @precondition(lambda self: self.oracle.open())
    @rule(index=any_index, quantity=sizes)
    def resize(self, index: int, quantity: Decimal) -> None:
        entry = self.pick_amended(index)
        command = AmendOrder(entry.account, entry.id, quantity)
        assert self.run(command) == self.oracle.amend(command)

    @rule(shown=books())
    def depth_moves(self, shown: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> None:
        self.run(depth(*shown))
        self.is_deep = True
        self.oracle.move(_levels(shown[0]), _levels(shown[1]))

    @rule(bid=st.integers(96, 101), spread=st.integers(1, 5), size=st.integers(1, 3))
    def quote_moves(self, bid: int, spread: int, size: int) -> None:
        ask = bid + spread
        self.run(quote(str(bid), str(ask), str(size)))
        shown = self.oracle.reference.shown
        old_bids, old_asks = (shown[Side.SELL], shown[Side.BUY]) if self.is_deep else ((), ())
        self.oracle.move(
            ((Decimal(bid), Decimal(size)), *(level for level in old_bids if level[0] < bid)),
            ((Decimal(ask), Decimal(size)), *(level for level in old_asks if level[0] > ask)),
        )

    @rule(passed_ms=st.integers(1, 3))
    def time_passes(self, passed_ms: int) -> None:
        self.now_ms += passed_ms
        assert self.run(PassTime())
        self.oracle.expire(self.now_ms)

    @rule(passed_ms=st.integers(1, 3), bid=st.integers(97, 101))
    def quote_comes_late(self, passed_ms: int, bid: int) -> None:
        """Nobody noticed the deadlines before the quote came."""
        self.now_ms += passed_ms
        self.oracle.expire(self.now_ms)
        self.quote_moves(bid, 2, 2)

    @rule(account=accounts, asset=st.sampled_from(sorted(MONEY)), amount=st.integers(1, 200))
    def money_comes_or_goes(self, account: int, asset: str, amount: int) -> None:
        """USDT come in hundreds, BTC in ones; odd amounts go away again."""
        change = Decimal(amount if asset == "USDT" else amount // 50 + 1)
        if amount % 2:
            can_pay = change <= self.oracle.free(account, asset)
            assert self.run(Withdraw(account, asset, change)) == can_pay
            change = -change if can_pay else Decimal(0)
        else:
            assert self.run(Deposit(account, asset, change))
        self.oracle.money[account, asset] += change

    @precondition(lambda self: len(self.trades) % 4 == 3)
    @rule(account=accounts, maker=st.sampled_from(["0", "0.05"]))
    def fees_change(self, account: int, maker: str) -> None:
        rates = FeeRates(Decimal(maker), Decimal("0.1"))
        assert self.run(SetFeeRates(account, rates))
        self.oracle.rates[account] = rates.maker, rates.taker

    @precondition(lambda self: len(self.history) % 8 == 7)
    @rule()
    def feed_stalls(self) -> None:
        self.run(moved(FeedStalled(SYMBOL, self.now_ms)))
        self.oracle.is_stale = True

    @precondition(lambda self: len(self.history) % 16 == 15 and not self.oracle.is_halted)
    @rule()
    def trading_halts(self) -> None:
        """Not too often: a halted market is a dull one."""
        self.run(SetTradingStatus(SYMBOL, TradingStatus.HALTED))
        self.oracle.is_halted = True

    @precondition(lambda self: self.oracle.is_halted)
    @rule()
    def trading_resumes(self) -> None:
        self.run(SetTradingStatus(SYMBOL, TradingStatus.TRADING))
        self.oracle.resume()


def _levels(pairs: list[tuple[str, str]]) -> tuple[Level, ...]:
    return tuple((Decimal(price), Decimal(size)) for price, size in pairs)


def play(
    session: type[Session], fills: str, matching: Matching, *, examples: int = 0, steps: int
) -> None:
    """Many sessions under these rules; more of them if the Hypothesis profile asks for more."""
    machine = type("Chosen", (session,), {"fills": fills, "matching": matching})
    examples = max(examples, settings().max_examples)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps)
    )
