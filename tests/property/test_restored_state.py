"""What is made from the record is what was there, whatever was done before: in memory, so that it
can be tried often."""

import random
from collections.abc import Iterable, Iterator
from copy import deepcopy
from decimal import Decimal
from itertools import chain

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from hypersim.service.record import Entry
from hypersim.service.transaction import Transaction
from hypersim.storage import agreement
from hypersim.trading import closing, fees, fills
from hypersim.trading.commands import AmendOrder, CancelAllOrders, Command, Reset
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import FeeDiscount, Matching, Rules
from hypersim.trading.state import ExchangeState
from tests.support.builders import ALICE, START_MS, buy, transaction
from tests.support.invariants import check_books, check_lists, check_money
from tests.support.kept_record import recorded_in
from tests.support.memory_record import MemoryRecord
from tests.support.random_session import ACCOUNTS, commands, opening
from tests.support.state_picture import picture_of


class Session:
    """A live exchange whose record gets a batch now and then."""

    def __init__(self, rules: Rules, seed: int) -> None:
        self.exchange = Exchange(rules)
        self.record = MemoryRecord()
        self.dice = random.Random(seed)
        self.now_ms = START_MS
        self._happened: list[Transaction] = []

    def play(self, session: Iterable[Command]) -> None:
        """In time that goes on."""
        for command in session:
            self.now_ms += self.dice.randint(0, 20)
            if isinstance(command, Reset):
                self.commit()
            events, _ = self.exchange.execute(command, self.now_ms)
            if events:
                self._happened.append(transaction(events, self.exchange.state, self.now_ms))
            if self.dice.random() < 0.2:
                self.commit()

    def commit(self) -> None:
        """All that is not committed yet."""
        self.record.keep(Entry(self._happened, replace(self.exchange.state.counters)))
        self._happened = []

    def restored(self) -> Exchange:
        """What a start makes of the record, which agrees with itself."""
        self.commit()
        rules, recorded = self.exchange.state.rules, recorded_in(self.record)
        agreement.check(recorded)
        again = Exchange(rules)
        again.state = ExchangeState.restore(rules, recorded)
        return again


def with_mass_endings(session: Iterable[Command], dice: random.Random) -> Iterator[Command]:
    for command in session:
        yield command
        if dice.random() < 0.01:
            yield CancelAllOrders(dice.choice(ACCOUNTS))


@given(
    seed=st.integers(0, 2**32),
    matching=st.sampled_from(Matching),
    fee_model=st.sampled_from(("received", "quote")),
    discount=st.sampled_from((None, FeeDiscount("BNB", Decimal("0.25")))),
    length=st.integers(0, 150),
    is_reset=st.booleans(),
)
@example(1, Matching.SHARED, "received", None, 400, False)
@example(2, Matching.ISOLATED, "quote", None, 400, True)
def test_a_restored_state_equals_the_live_one_and_goes_on_alike(
    seed: int,
    matching: Matching,
    fee_model: str,
    discount: FeeDiscount | None,
    length: int,
    is_reset: bool,
) -> None:
    rules = Rules(fills.load("depth"), fees.load(fee_model), matching, discount, withdrawal_ms=300)
    live = Session(rules, seed)
    random_ones = commands(live.exchange, seed, length, START_MS)
    begin_again: tuple[Command, ...] = (Reset(), *opening()) if is_reset else ()
    together_min, closing.TOGETHER_MIN = closing.TOGETHER_MIN, 3
    try:
        live.play(chain(opening(), begin_again, with_mass_endings(random_ones, live.dice)))
    finally:
        closing.TOGETHER_MIN = together_min
    again = live.restored()
    found, expected = picture_of(again.state), picture_of(live.exchange.state)
    for part, value in expected.items():
        assert found[part] == value, part
    assert found.keys() == expected.keys()
    check_alike(live.exchange, again, seed + 1, live.now_ms)


def test_orders_rest_by_their_rank_and_not_by_their_number() -> None:
    live = Session(Rules(fills.load("depth"), fees.load("received")), 1)
    live.play(opening())
    live.play([buy(ALICE, "1", "90"), buy(ALICE, "1", "91"), buy(ALICE, "2", "91")])
    first, _, _ = live.exchange.state.open_orders(ALICE)
    live.play([AmendOrder(ALICE, first, Decimal(1), Decimal(91))])
    live.play([AmendOrder(ALICE, first + 1, Decimal(5))])
    assert picture_of(live.restored().state) == picture_of(live.exchange.state)


def check_alike(live: Exchange, again: Exchange, seed: int, now_ms: int) -> None:
    """The same commands have the same effects on both, under the same prices."""
    for symbol, market in live.state.markets.items():
        again.state.markets[symbol].reference = deepcopy(market.reference)
    for step, command in enumerate(commands(live, seed, 40, now_ms)):
        assert again.execute(command, now_ms + step) == live.execute(command, now_ms + step)
    for state in (live.state, again.state):
        check_money(state, has_reserves=True)
        check_books(state)
        check_lists(state)
