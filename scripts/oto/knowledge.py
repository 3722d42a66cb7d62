"""What a user knows of his trading, and what news and answers change about it. No I/O, no clock."""

from decimal import Decimal
from typing import assert_never

from scripts.oto.messages import (
    BalancesChanged,
    Done,
    Event,
    Offline,
    Online,
    OrderChanged,
    QuoteMoved,
    Refused,
    Standing,
    StopAsked,
    Tick,
    Unclear,
)
from scripts.oto.orders import Pair, Situation
from scripts.oto.states import Course, Pause, State
from scripts.oto.terms import ZERO, Plan, Quote, Rules

RETRY_MS = 1_000
"""How long to wait after a refusal, or before REST is asked again."""

REFUSALS_MAX = 5
"""In a row; then something is wrong that waiting does not mend."""


class Knowledge:
    """The open pair, the market and the money as they were last told of. Where that is in doubt,
    the course leads to RECONCILING."""

    def __init__(self, plan: Plan, rules: Rules, course: Course) -> None:
        self.plan = plan
        self.rules = rules
        self.course = course
        self.pair: Pair | None = None
        self.quote: Quote | None = None
        self.balances: dict[str, Decimal] = {}
        self.are_balances_due = False
        """A trade was told of, and not yet what it paid."""
        self.fee = ZERO
        self.stop_reason: str | None = None
        self._refusals = 0

    def take(self, event: Event, now_ms: int) -> None:
        """Anything that was heard."""
        if isinstance(event, Standing):
            self._take_standing(event, now_ms)
        elif isinstance(event, Done | Refused | Unclear):
            self._take_answer(event, now_ms)
        else:
            self._take_news(event, now_ms)

    def situation_of(self, pair: Pair) -> Situation:
        """Where the pair stands, as far as is known."""
        bid = pair.terms.reference if self.quote is None else self.quote.bid
        return pair.situation(self.rules, self.fee, bid)

    def _take_news(
        self,
        event: Online | Offline | QuoteMoved | OrderChanged | BalancesChanged | Tick | StopAsked,
        now_ms: int,
    ) -> None:
        match event:
            case Online():
                self.course.enter(State.RECONCILING, now_ms, "both sockets are up")
            case Offline(why):
                self._go_offline(why, now_ms)
            case QuoteMoved(quote):
                self.quote = quote
            case OrderChanged(seen):
                if self.pair is not None:
                    self.pair.learn([seen])
            case BalancesChanged(balances):
                self.balances.update(balances)
                self.are_balances_due = False
            case StopAsked(why):
                self.stop_reason = self.stop_reason or why
            case Tick():
                pass
            case _:
                assert_never(event)

    def _go_offline(self, why: str, now_ms: int) -> None:
        if self.course.state is not State.OFFLINE:
            self.course.pauses[Pause.DISCONNECTED] += 1
            self.course.enter(State.OFFLINE, now_ms, why)
        if not self.plan.resumes:
            self.stop_reason = self.stop_reason or "disconnected"

    def _take_standing(self, standing: Standing, now_ms: int) -> None:
        self.balances = dict(standing.balances)
        self.are_balances_due = False
        self.quote, self.fee = standing.quote, standing.fee
        self.course.held_until_ms = 0
        if self.pair is not None:
            self.pair.learn(standing.orders)
            if self.situation_of(self.pair) is Situation.ABSENT:
                # It never got there.
                self.pair = None
        if self.pair is None:
            self.course.enter(State.READY, now_ms)

    def _take_answer(self, answer: Done | Refused | Unclear, now_ms: int) -> None:
        match answer:
            case Done(orders):
                self._refusals = 0
                if self.pair is not None:
                    self.pair.learn(orders)
            case Refused():
                self._take_refusal(answer, now_ms)
            case Unclear(why):
                self._ask_later(f"unclear: {why}", now_ms)
            case _:
                assert_never(answer)

    def _take_refusal(self, refused: Refused, now_ms: int) -> None:
        self._refusals += 1
        if self.course.state is State.PLACING:
            self.pair = None
            self.course.pauses[Pause.REFUSED] += 1
        if self._refusals > REFUSALS_MAX:
            self.course.enter(State.FAILED, now_ms, f"refused {self._refusals} times: {refused}")
        elif self.course.state is State.EXITING:
            self.course.held_until_ms = now_ms + RETRY_MS
            self.course.notes.append(f"the exit was refused: {refused}")
        else:
            # A cancel comes too late, or there is less money than the stream told of.
            self._ask_later(f"refused: {refused}", now_ms)

    def _ask_later(self, why: str, now_ms: int) -> None:
        if self.course.state is State.RECONCILING:
            self.course.notes.append(why)
        else:
            self.course.enter(State.RECONCILING, now_ms, why)
        self.course.held_until_ms = now_ms + RETRY_MS
