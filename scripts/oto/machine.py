"""One user's trading as a state machine: hears events, says what to do next. No I/O, no clock.

    OFFLINE -> RECONCILING -> READY -> PLACING -> BUYING -> SELLING -> READY ... -> DONE

A pair is given up (CANCELING) when the market runs away from it; what was bought by then is sold
at the market (EXITING). PAUSED waits for money, for calm, or after a refusal. Whenever the outcome
of a request is unclear, and after every disconnect, REST is asked (RECONCILING) before anything
else is done.
"""

from decimal import Decimal
from typing import assert_never

from scripts.oto.knowledge import RETRY_MS, Knowledge
from scripts.oto.messages import (
    Action,
    CancelExit,
    CancelPair,
    Event,
    PlaceExit,
    PlacePair,
    Reconcile,
    Standing,
)
from scripts.oto.orders import Leg, Names, Pair, Situation
from scripts.oto.states import Course, Pause, State
from scripts.oto.terms import (
    ZERO,
    Plan,
    Rules,
    Unworkable,
    cycles_left,
    has_dropped,
    has_moved,
    pair_terms,
    plain,
)

TICK_MS = 1_000
"""How often it wants to be woken when nothing happens."""

CANCEL_PATIENCE_MS = 5_000
"""How long a canceled order may stay open before REST is asked."""


class Machine:
    """See the top of this module. What was heard is in `known`."""

    def __init__(self, plan: Plan, rules: Rules, names: Names) -> None:
        self.plan = plan
        self.rules = rules
        self.names = names
        self.course = Course()
        self.known = Knowledge(plan, rules, self.course)
        self.cycle = 0
        self.completed = 0
        self.given_up = 0
        self._finished_volume = ZERO

    @property
    def volume(self) -> Decimal:
        """What has traded so far, in the quote asset."""
        return self._finished_volume + (self.known.pair.volume if self.known.pair else ZERO)

    def wait_ms(self, now_ms: int) -> int:
        """How long nothing will be done unless something happens."""
        left_ms = self.course.held_until_ms - now_ms
        return left_ms if 0 < left_ms < TICK_MS else TICK_MS

    def handle(self, event: Event, now_ms: int) -> Action | None:
        """Take an event, and tell what to do; the answer to that is the next event to be given."""
        if self.course.is_over:
            return None
        self.known.take(event, now_ms)
        return self._decide(now_ms, is_known=isinstance(event, Standing))

    def _decide(self, now_ms: int, *, is_known: bool) -> Action | None:
        if self.course.state is State.RECONCILING and not is_known:
            return self._reconcile(now_ms)
        if self.course.state is State.OFFLINE:
            if self.known.stop_reason and self.known.pair is None:
                self.course.enter(State.DONE, now_ms, self.known.stop_reason)
            return None
        if self.course.is_over:
            return None
        if self.known.pair is not None:
            return self._follow(self.known.pair, now_ms)
        return self._next_pair(now_ms)

    def _reconcile(self, now_ms: int) -> Action | None:
        if self.course.is_held(now_ms):
            return None
        # Until this one is answered.
        self.course.held_until_ms = now_ms + RETRY_MS
        return Reconcile([leg.name for leg in self.known.pair.legs] if self.known.pair else [])

    def _follow(self, pair: Pair, now_ms: int) -> Action | None:
        situation = self.known.situation_of(pair)
        match situation:
            case Situation.BUYING:
                return self._watch(pair, State.BUYING, now_ms)
            case Situation.SELLING:
                return self._watch(pair, State.SELLING, now_ms)
            case Situation.EXITING:
                return self._watch_exit(pair, now_ms)
            case Situation.ENDING:
                return self._wait_for_end(now_ms)
            case Situation.LEFT if not self.known.stop_reason:
                return self._exit(pair, now_ms)
            case Situation.LEFT | Situation.ENDED | Situation.ABSENT:
                self._finish(pair, now_ms)
                return None if self.course.is_over else self._next_pair(now_ms)
            case _:
                assert_never(situation)

    def _watch(self, pair: Pair, state: State, now_ms: int) -> Action | None:
        """The pair is where it should be, unless it was canceled or the market ran away."""
        if self.course.state is State.CANCELING:
            return self._wait_for_end(now_ms)
        if self.course.state is not state:
            self.course.enter(state, now_ms, self._describe(pair, state))
        assert self.known.quote is not None
        is_away = has_moved if state is State.BUYING else has_dropped
        if self.known.stop_reason:
            why = self.known.stop_reason
        elif is_away(pair.terms.reference, self.known.quote.bid, self.plan.move_max):
            why = f"{plain(pair.terms.reference)} moved to {plain(self.known.quote.bid)}"
            pair.is_given_up = True
        else:
            return None
        self.course.enter(State.CANCELING, now_ms, why)
        return CancelPair(pair.list_name)

    def _watch_exit(self, pair: Pair, now_ms: int) -> Action | None:
        if self.course.state is State.CANCELING:
            return self._wait_for_end(now_ms)
        if self.course.state is not State.EXITING:
            self.course.enter(State.EXITING, now_ms)
        assert self.known.quote is not None
        leg = pair.exits[-1]
        if not self.known.stop_reason and not has_dropped(
            leg.price, self.known.quote.bid, self.plan.move_max
        ):
            return None
        self.course.enter(State.CANCELING, now_ms, self.known.stop_reason or "the market moved on")
        return CancelExit(leg.name)

    def _wait_for_end(self, now_ms: int) -> Action | None:
        """Everything is as good as canceled; the news of it may have been lost."""
        if self.course.state is not State.CANCELING:
            self.course.enter(State.CANCELING, now_ms)
        if now_ms - self.course.since_ms < CANCEL_PATIENCE_MS:
            return None
        self.course.enter(State.RECONCILING, now_ms, "a canceled order is still open")
        return self._reconcile(now_ms)

    def _exit(self, pair: Pair, now_ms: int) -> Action | None:
        if self.course.is_held(now_ms):
            return None
        assert self.known.quote is not None
        name = self.names.of(pair.cycle, f"x{len(pair.exits) + 1}")
        price = self.rules.price_below(self.known.quote.bid)
        leg = Leg(name, price, pair.unsold(self.rules, self.known.fee))
        pair.exits.append(leg)
        why = f"selling {plain(leg.quantity)} at {plain(leg.price)}"
        if self.course.state is State.EXITING:
            self.course.notes.append(why)
        else:
            self.course.enter(State.EXITING, now_ms, why)
        return PlaceExit(leg)

    def _finish(self, pair: Pair, now_ms: int) -> None:
        self._finished_volume += pair.volume
        self.completed += pair.is_whole
        self.given_up += not pair.is_whole
        self.known.pair = None
        # The report of the last trade comes before that of the money.
        self.known.are_balances_due = self.course.state is not State.RECONCILING
        self.course.notes.append(
            f"cycle {pair.cycle} {'completed' if pair.is_whole else 'given up'}: "
            f"volume {plain(self.volume)} of {self.plan.target_volume}, "
            f"{cycles_left(self.plan, self.volume)} cycles left"
        )
        if self._end(now_ms):
            return
        if pair.is_given_up:
            self.course.rest(Pause.PRICE_MOVED, now_ms, self.plan.calm_ms, "waiting for calm")
        else:
            self.course.enter(State.READY, now_ms)

    def _end(self, now_ms: int) -> bool:
        """Nothing is open; whether that is how it stays."""
        if self.volume >= self.plan.target_volume:
            self.course.enter(State.DONE, now_ms, "the target volume is reached")
        elif self.known.stop_reason:
            self.course.enter(State.DONE, now_ms, self.known.stop_reason)
        return self.course.is_over

    def _next_pair(self, now_ms: int) -> Action | None:
        if self._end(now_ms) or self.course.is_held(now_ms) or self.known.quote is None:
            return None
        try:
            spare = self.known.balances.get(self.rules.base, ZERO)
            terms = pair_terms(
                self.plan, self.rules, self.known.quote, fee=self.known.fee, spare=spare
            )
        except Unworkable as error:
            self.course.enter(State.FAILED, now_ms, str(error))
            return None
        free = self.known.balances.get(self.rules.quote, ZERO)
        if free < terms.cost:
            if self.course.pause is not Pause.LOW_BALANCE and not self.known.are_balances_due:
                why = f"{plain(free)} {self.rules.quote} is less than {plain(terms.cost)}"
                self.course.rest(Pause.LOW_BALANCE, now_ms, 0, why)
            return None
        self.cycle += 1
        self.known.pair = Pair.new(self.cycle, self.names, terms)
        self.course.enter(State.PLACING, now_ms, f"cycle {self.cycle}")
        return PlacePair(self.known.pair)

    @staticmethod
    def _describe(pair: Pair, state: State) -> str:
        leg = pair.working if state is State.BUYING else pair.pending
        return f"{plain(leg.quantity)} at {plain(leg.price)}"
