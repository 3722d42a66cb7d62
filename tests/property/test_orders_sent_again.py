"""double_submit against the sentence that it stands for, over any course of equal orders."""

from collections.abc import Sequence
from enum import Enum
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hypersim.service.armed import Asked
from hypersim.service.contents import Named, Sent
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Caller
from hypersim.service.watch.requests import Request
from hypersim.service.watch.rule import FINDINGS_MAX
from hypersim.service.watch.watch import Watch
from hypersim.trading.commands import CancelOrder
from hypersim.trading.rejections import Rejected, Rejection
from tests.support.builders import (
    ALICE,
    START_MS,
    buy,
    done,
    exchange,
    instrument,
    transaction,
)

KEY = "a-key"
ORDERS = 1_000


class Answer(Enum):
    """What becomes of an order, and of its answer."""

    GIVEN = "given"
    LOST = "lost"
    REFUSED = "refused"
    REFUSED_AND_LOST = "refused and lost"


class Look(Enum):
    """How a client finds out."""

    BY_READING = "by reading"
    BY_A_PUSH = "by a push"


class Desk:
    """A client that places equal orders, and the watch that sees it."""

    def __init__(self) -> None:
        self._exchange = exchange(accounts=1, market=instrument())
        key = SimpleNamespace(key=KEY, account_id=ALICE)
        view = cast(Any, SimpleNamespace(keys={KEY: key}))
        self.watch = Watch(view, SimulatedClock(START_MS, 0))
        self._orders = 0

    def place(self, answer: Answer) -> int:
        """The number of an order like all others."""
        request = self._ask("POST")
        self._orders += 1
        if answer in (Answer.GIVEN, Answer.LOST):
            events = done(self._exchange, buy(ALICE, "0.1", "10"))
            caused = msgspec.structs.replace(
                transaction(events), cause=Caller(ALICE, KEY, "binance")
            )
            self.watch.committed([caused])
            self.watch.outcome(request, caused)
        else:
            self.watch.outcome(request, Rejected(Rejection.INSUFFICIENT_BALANCE, "No"))
        number = self._exchange.state.counters.order_id
        is_given = answer in (Answer.GIVEN, Answer.REFUSED)
        self._end(request, [Named(number)] if answer is Answer.GIVEN else [], is_given=is_given)
        return number

    def cancel(self, number: int) -> None:
        """One that rests."""
        events = done(self._exchange, CancelOrder(ALICE, number))
        self.watch.committed([transaction(events)])

    def look(self, how: Look, numbers: Sequence[int]) -> None:
        """Hear of these orders."""
        named = [Named(number) for number in numbers]
        if how is Look.BY_A_PUSH:
            self.watch.told([KEY], named)
        else:
            self._end(self._ask("GET"), named, is_given=True)

    def findings(self) -> int:
        """How often an order was sent again."""
        now = self.watch.now()
        judged = [one for client in self.watch.clients() for one in client.judged(now)]
        return sum(len(one.findings) for one in judged if one.rule == "double_submit")

    def _ask(self, method: str) -> Request:
        asked = Asked("binance", f"{method} /api/v3/order", method, KEY, "BTC/USDT")
        return self.watch.asked(asked, Sent(method, "/api/v3/order", b"", b"", bool), "192.0.2.1")

    def _end(self, request: Request, named: list[Named], *, is_given: bool) -> None:
        request.is_withheld, request.status = not is_given, 200 if is_given else None
        self.watch.ended(request, named, None)


@given(st.lists(st.sampled_from([*Answer, *Look]), max_size=30))
def test_an_order_is_sent_again_where_the_one_before_was_taken_unknown_to_the_client(
    course: list[Answer | Look],
) -> None:
    desk, unknown, expected = Desk(), list[int](), 0
    for step in course:
        if isinstance(step, Look):
            desk.look(step, unknown)
            unknown.clear()
            continue
        number = desk.place(step)
        if step in (Answer.GIVEN, Answer.LOST):
            expected += len(unknown)
        if step is Answer.LOST:
            unknown.append(number)
    assert desk.findings() == min(expected, FINDINGS_MAX)


@given(st.lists(st.sampled_from(Answer), min_size=1, max_size=50), st.sampled_from(Look))
def test_an_honest_market_maker_that_places_equal_orders_is_never_found(
    answers: list[Answer], how: Look
) -> None:
    """Whoever looks after each answer that did not come may place as many as he likes."""
    desk = Desk()
    for number in range(ORDERS // 20):
        answer = answers[number % len(answers)]
        placed = desk.place(answer)
        if answer is Answer.LOST:
            desk.look(how, [placed])
    assert desk.findings() == 0


def test_a_thousand_equal_orders_are_a_thousand_orders() -> None:
    desk = Desk()
    for _ in range(ORDERS):
        desk.cancel(desk.place(Answer.GIVEN))
    assert desk.findings() == 0
