"""One user's trading as a state machine: hears events, says what to do next. No I/O, no clock.

    OFFLINE -> RECONCILING -> READY -> PLACING -> BUYING -> SELLING -> READY ... -> DONE

A pair is given up (CANCELING) when the market runs away from it; what was bought by then is sold
at the market (EXITING). PAUSED waits for money, for calm, or after a refusal. Whenever the outcome
of a request is unclear, and after every disconnect, REST is asked (RECONCILING) before anything
else is done.
"""

from collections import Counter
from decimal import Decimal
from typing import assert_never

from scripts.oto.messages import (
    Action,
    BalancesChanged,
    CancelExit,
    CancelPair,
    Done,
    Event,
    Offline,
    Online,
    OrderChanged,
    PlaceExit,
    PlacePair,
    QuoteMoved,
    Reconcile,
    Refused,
    Standing,
    StopAsked,
    Tick,
    Unclear,
)
from scripts.oto.orders import Leg, Names, Pair, Situation
from scripts.oto.states import OVER, Pause, State, check_transition
from scripts.oto.terms import (
    ZERO,
    Plan,
    Quote,
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

RETRY_MS = 1_000
"""How long to wait after a refusal, or before REST is asked again."""

CANCEL_PATIENCE_MS = 5_000
"""How long a canceled order may stay open before REST is asked."""

REFUSALS_MAX = 5
"""In a row; then something is wrong that waiting does not mend."""


class Machine:
    """See the top of this module. `notes` are lines for the log, for the driver to take."""

    def __init__(self, plan: Plan, rules: Rules, names: Names) -> None:
        self.plan = plan
        self.rules = rules
        self.names = names
        self.state = State.OFFLINE
        self.pair: Pair | None = None
        self.cycle = 0
        self.completed = 0
        self.given_up = 0
        self.pauses: Counter[Pause] = Counter()
        self.notes: list[str] = []
        self._finished_volume = ZERO
        self._quote: Quote | None = None
        self._balances: dict[str, Decimal] = {}
        self._are_balances_due = False
        self._fee = ZERO
        self._since_ms = 0
        self._held_until_ms = 0
        self._pause: Pause | None = None
        self._refusals = 0
        self._stop_reason: str | None = None

    @property
    def is_over(self) -> bool:
        """Nothing will be asked for any more."""
        return self.state in OVER

    @property
    def volume(self) -> Decimal:
        """What has traded so far, in the quote asset."""
        return self._finished_volume + (self.pair.volume if self.pair else ZERO)

    def wait_ms(self, now_ms: int) -> int:
        """How long nothing will be done unless something happens."""
        left_ms = self._held_until_ms - now_ms
        return left_ms if 0 < left_ms < TICK_MS else TICK_MS

    def handle(self, event: Event, now_ms: int) -> Action | None:
        """Take an event, and tell what to do; the answer to that is the next event to be given."""
        if self.is_over:
            return None
        if isinstance(event, Standing):
            self._take_standing(event, now_ms)
        elif isinstance(event, Done | Refused | Unclear):
            self._take_answer(event, now_ms)
        else:
            self._take_news(event, now_ms)
        return self._decide(now_ms, is_known=isinstance(event, Standing))

    # What was heard

    def _take_news(
        self,
        event: Online | Offline | QuoteMoved | OrderChanged | BalancesChanged | Tick | StopAsked,
        now_ms: int,
    ) -> None:
        match event:
            case Online():
                self._enter(State.RECONCILING, now_ms, "both sockets are up")
            case Offline(why):
                self._go_offline(why, now_ms)
            case QuoteMoved(quote):
                self._quote = quote
            case OrderChanged(seen):
                if self.pair is not None:
                    self.pair.learn([seen])
            case BalancesChanged(balances):
                self._balances.update(balances)
                self._are_balances_due = False
            case StopAsked(why):
                self._stop_reason = self._stop_reason or why
            case Tick():
                pass
            case _:
                assert_never(event)

    def _go_offline(self, why: str, now_ms: int) -> None:
        if self.state is not State.OFFLINE:
            self.pauses[Pause.DISCONNECTED] += 1
            self._enter(State.OFFLINE, now_ms, why)
        if not self.plan.resumes:
            self._stop_reason = self._stop_reason or "disconnected"

    def _take_standing(self, standing: Standing, now_ms: int) -> None:
        self._balances = dict(standing.balances)
        self._are_balances_due = False
        self._quote, self._fee = standing.quote, standing.fee
        self._held_until_ms = 0
        if self.pair is not None:
            self.pair.learn(standing.orders)
            if self._situation(self.pair) is Situation.ABSENT:
                # It never got there.
                self.pair = None
        if self.pair is None:
            self._enter(State.READY, now_ms)

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
        if self.state is State.PLACING:
            self.pair = None
            self.pauses[Pause.REFUSED] += 1
        if self._refusals > REFUSALS_MAX:
            self._enter(State.FAILED, now_ms, f"refused {self._refusals} times: {refused}")
        elif self.state is State.EXITING:
            self._held_until_ms = now_ms + RETRY_MS
            self.notes.append(f"the exit was refused: {refused}")
        else:
            # A cancel comes too late, or there is less money than the stream told of.
            self._ask_later(f"refused: {refused}", now_ms)

    def _ask_later(self, why: str, now_ms: int) -> None:
        if self.state is State.RECONCILING:
            self.notes.append(why)
        else:
            self._enter(State.RECONCILING, now_ms, why)
        self._held_until_ms = now_ms + RETRY_MS

    # What to do

    def _decide(self, now_ms: int, *, is_known: bool) -> Action | None:
        if self.state is State.RECONCILING and not is_known:
            return self._reconcile(now_ms)
        if self.state is State.OFFLINE:
            if self._stop_reason and self.pair is None:
                self._enter(State.DONE, now_ms, self._stop_reason)
            return None
        if self.is_over:
            return None
        if self.pair is not None:
            return self._follow(self.pair, now_ms)
        return self._next_pair(now_ms)

    def _reconcile(self, now_ms: int) -> Action | None:
        if now_ms < self._held_until_ms:
            return None
        # Until this one is answered.
        self._held_until_ms = now_ms + RETRY_MS
        return Reconcile([leg.name for leg in self.pair.legs] if self.pair else [])

    def _follow(self, pair: Pair, now_ms: int) -> Action | None:
        situation = self._situation(pair)
        match situation:
            case Situation.BUYING:
                return self._watch(pair, State.BUYING, now_ms)
            case Situation.SELLING:
                return self._watch(pair, State.SELLING, now_ms)
            case Situation.EXITING:
                return self._watch_exit(pair, now_ms)
            case Situation.ENDING:
                return self._wait_for_end(now_ms)
            case Situation.LEFT if not self._stop_reason:
                return self._exit(pair, now_ms)
            case Situation.LEFT | Situation.ENDED | Situation.ABSENT:
                self._finish(pair, now_ms)
                return None if self.is_over else self._next_pair(now_ms)
            case _:
                assert_never(situation)

    def _watch(self, pair: Pair, state: State, now_ms: int) -> Action | None:
        """The pair is where it should be, unless it was canceled or the market ran away."""
        if self.state is State.CANCELING:
            return self._wait_for_end(now_ms)
        if self.state is not state:
            self._enter(state, now_ms, self._describe(pair, state))
        assert self._quote is not None
        is_away = has_moved if state is State.BUYING else has_dropped
        if self._stop_reason:
            why = self._stop_reason
        elif is_away(pair.terms.reference, self._quote.bid, self.plan.move_max):
            why = f"{plain(pair.terms.reference)} moved to {plain(self._quote.bid)}"
            pair.is_given_up = True
        else:
            return None
        self._enter(State.CANCELING, now_ms, why)
        return CancelPair(pair.list_name)

    def _watch_exit(self, pair: Pair, now_ms: int) -> Action | None:
        if self.state is State.CANCELING:
            return self._wait_for_end(now_ms)
        if self.state is not State.EXITING:
            self._enter(State.EXITING, now_ms)
        assert self._quote is not None
        leg = pair.exits[-1]
        if not self._stop_reason and not has_dropped(
            leg.price, self._quote.bid, self.plan.move_max
        ):
            return None
        self._enter(State.CANCELING, now_ms, self._stop_reason or "the market moved on")
        return CancelExit(leg.name)

    def _wait_for_end(self, now_ms: int) -> Action | None:
        """Everything is as good as canceled; the news of it may have been lost."""
        if self.state is not State.CANCELING:
            self._enter(State.CANCELING, now_ms)
        if now_ms - self._since_ms < CANCEL_PATIENCE_MS:
            return None
        self._enter(State.RECONCILING, now_ms, "a canceled order is still open")
        return self._reconcile(now_ms)

    def _exit(self, pair: Pair, now_ms: int) -> Action | None:
        if now_ms < self._held_until_ms:
            return None
        assert self._quote is not None
        name = self.names.of(pair.cycle, f"x{len(pair.exits) + 1}")
        price = self.rules.price_below(self._quote.bid)
        leg = Leg(name, price, pair.unsold(self.rules, self._fee))
        pair.exits.append(leg)
        why = f"selling {plain(leg.quantity)} at {plain(leg.price)}"
        if self.state is State.EXITING:
            self.notes.append(why)
        else:
            self._enter(State.EXITING, now_ms, why)
        return PlaceExit(leg)

    def _finish(self, pair: Pair, now_ms: int) -> None:
        self._finished_volume += pair.volume
        self.completed += pair.is_whole
        self.given_up += not pair.is_whole
        self.pair = None
        # The report of the last trade comes before that of the money.
        self._are_balances_due = self.state is not State.RECONCILING
        self.notes.append(
            f"cycle {pair.cycle} {'completed' if pair.is_whole else 'given up'}: "
            f"volume {plain(self.volume)} of {self.plan.target_volume}, "
            f"{cycles_left(self.plan, self.volume)} cycles left"
        )
        if self._end(now_ms):
            return
        if pair.is_given_up:
            self._hold(Pause.PRICE_MOVED, now_ms, self.plan.calm_ms, "waiting for calm")
        else:
            self._enter(State.READY, now_ms)

    def _end(self, now_ms: int) -> bool:
        """Nothing is open; whether that is how it stays."""
        if self.volume >= self.plan.target_volume:
            self._enter(State.DONE, now_ms, "the target volume is reached")
        elif self._stop_reason:
            self._enter(State.DONE, now_ms, self._stop_reason)
        return self.is_over

    def _next_pair(self, now_ms: int) -> Action | None:
        if self._end(now_ms) or now_ms < self._held_until_ms or self._quote is None:
            return None
        try:
            spare = self._balances.get(self.rules.base, ZERO)
            terms = pair_terms(self.plan, self.rules, self._quote, fee=self._fee, spare=spare)
        except Unworkable as error:
            self._enter(State.FAILED, now_ms, str(error))
            return None
        free = self._balances.get(self.rules.quote, ZERO)
        if free < terms.cost:
            if self._pause is not Pause.LOW_BALANCE and not self._are_balances_due:
                why = f"{plain(free)} {self.rules.quote} is less than {plain(terms.cost)}"
                self._hold(Pause.LOW_BALANCE, now_ms, 0, why)
            return None
        self.cycle += 1
        self.pair = Pair.new(self.cycle, self.names, terms)
        self._enter(State.PLACING, now_ms, f"cycle {self.cycle}")
        return PlacePair(self.pair)

    # Steps of these

    def _situation(self, pair: Pair) -> Situation:
        bid = pair.terms.reference if self._quote is None else self._quote.bid
        return pair.situation(self.rules, self._fee, bid)

    def _hold(self, pause: Pause, now_ms: int, hold_ms: int, why: str) -> None:
        self._enter(State.PAUSED, now_ms, f"{pause}: {why}")
        self._pause = pause
        self._held_until_ms = now_ms + hold_ms
        self.pauses[pause] += 1

    def _enter(self, state: State, now_ms: int, why: str = "") -> None:
        if state is not self.state:
            check_transition(self.state, state)
        self.notes.append(f"{self.state} -> {state}{': ' if why else ''}{why}")
        self.state = state
        self._since_ms = now_ms
        self._held_until_ms = 0
        self._pause = None

    @staticmethod
    def _describe(pair: Pair, state: State) -> str:
        leg = pair.working if state is State.BUYING else pair.pending
        return f"{plain(leg.quantity)} at {plain(leg.price)}"
