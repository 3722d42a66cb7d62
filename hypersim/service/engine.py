"""The engine: one writer. decide → apply → commit → answer → publish.

`submit` runs a command against the exchange at once, in the order of calls, and returns when what
happened is durable and visible. A refusal waits too: it may rest on events that are not yet
durable.
"""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from hypersim.market.events import MarketEvent, is_sound
from hypersim.service.alarms import Alarm
from hypersim.service.book_demand import BookDemand
from hypersim.service.bound import is_bound_elsewhere, unbind
from hypersim.service.bus import EventBus
from hypersim.service.changes import Changes
from hypersim.service.clock import Clock
from hypersim.service.commit_statistics import CommitStatistics
from hypersim.service.committer import Batch, Committer
from hypersim.service.feed import FeedPosition
from hypersim.service.lag import Lag
from hypersim.service.record import Recorder, RecordHealth, RecordLost, RecordUnavailable
from hypersim.service.settled_time import SettledTime
from hypersim.service.transaction import Cause, Source, Transaction, balances_after
from hypersim.service.view import View
from hypersim.trading.checking import Placement
from hypersim.trading.commands import ApplyMarketEvent, Command, PassTime, Reset
from hypersim.trading.exchange import Exchange
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.rules import Rules

BACKLOG_EVENTS_MAX = 50_000
"""Events applied but not yet durable; beyond it new commands are turned away."""

RESETS_MAX = 8
"""One at work, the others waiting; a reset takes a fraction of a second."""

TICKERS_EVERY_MS, TICKERS_PAUSE_S = 1_000, 0.1

AGAIN_MS = 1_000
"""What is due while the record is away is looked at so often."""

GONE = Rejected(Rejection.UNKNOWN_ACCOUNT, "This account is gone: the exchange began again")

log = structlog.get_logger(__name__)


class TooManyResets(Exception):
    """So many wait already that another would change nothing."""


class Engine:
    """The running exchange. `view` is what has been committed."""

    def __init__(
        self,
        exchange: Exchange,
        view: View,
        *,
        clock: Clock,
        recorder: Recorder,
        health: RecordHealth,
        books: BookDemand | None = None,
    ) -> None:
        self.exchange = exchange
        self.view = view
        self.clock = clock
        self.bus = EventBus()
        self.health = health
        self.lag = Lag(clock.now_ms)
        self._books = books or BookDemand()
        self._now_ms = exchange.state.counters.time_ms
        self._deadline_ms = exchange.state.next_deadline_ms()
        self._expiring: Alarm | None = None
        self._resetting = asyncio.Lock()
        self._resets, self._recorded_ms = 0, self._now_ms
        self._committer = Committer(recorder, publish=self._publish)
        self._settled_time = SettledTime(self._committer)

    @property
    def rules(self) -> Rules:
        """How this exchange works."""
        return self.exchange.state.rules

    @property
    def backlog(self) -> int:
        """Events that are applied but not yet durable."""
        return self._committer.backlog

    @property
    def unconfirmed(self) -> int:
        """Events that are not known to be durable."""
        return self._committer.unconfirmed

    @property
    def commit_statistics(self) -> CommitStatistics:
        """What was committed since the start, counted."""
        return self._committer.statistics

    async def submit(
        self, command: Command, cause: Cause, asked_ms: int | None = None
    ) -> Transaction | Rejected:
        """What happened, or why it was refused, once that is durable. For who looked an account up
        before a reset there is no such account any more. `asked_ms`: when it was asked, by the
        exchange's clock; now, if nothing is said.

        Raises `RecordUnavailable` when the record is away (nothing was done) and `RecordLost`
        when it stayed away (whether it was done is unknown).
        """
        committer = self._committer
        if self._books.shallow:
            await self._books.whole_for(command, self.view, self.rules.fills)
        self._check_open()
        if is_bound_elsewhere(self.view.generation):
            return GONE
        transaction, rejected = self._execute(command, cause, asked_ms)
        batch: Batch | None
        if transaction.events:
            batch = committer.add(self.exchange.state.counters, transaction)
        else:
            batch = committer.last()
        if batch is not None:
            await batch.wait()
        return transaction if rejected is None else rejected

    def check(self, command: Placement) -> Rejected | None:
        """What a test of a placement is told: its form, the filters, the state of the market; never
        money, counts, or whether it would match or trigger."""
        return self.exchange.check(command, max(self._now_ms, self.clock.now_ms()))

    async def submit_together(self, commands: Iterable[Command], cause: Cause) -> None:
        """Carry out commands that cannot be refused, at one moment and in one batch: all of them,
        or after a crash none. Raises as `submit` does."""
        self._check_open()
        transactions: list[Transaction] = []
        for command in commands:
            transaction, rejected = self._execute(command, cause)
            assert rejected is None, (command, rejected)
            transactions.append(transaction)
        await self._committer.add(self.exchange.state.counters, *transactions).done()

    async def move_market(
        self, event: MarketEvent, at: FeedPosition | None = None, *, meets_orders: bool = True
    ) -> None:
        """Take in a feed's event, with which it is `at` a position; returns when it is applied, not
        when its fills are durable. While the record is away, the market stands still."""
        if not self.health.is_available:
            await self.health.available()
        if at is not None:
            self.exchange.state.counters.feed_is_at(*at)
        if not is_sound(event):
            log.warning("market event ignored: no such prices", symbol=event.symbol)
            return
        # The event's own time, not the moment at which we got to it: a replay gives equal times.
        self._now_ms = max(self._now_ms, min(event.time_ms, self.clock.now_ms()))
        self._pass_time()
        transaction, rejected = self._carry_out(ApplyMarketEvent(event, meets_orders), Source.FEED)
        if rejected is not None:
            log.warning("market event ignored", reason=rejected.message)
        if not transaction.events:
            return
        batch = self._committer.add(self.exchange.state.counters, transaction)
        if self._committer.backlog > BACKLOG_EVENTS_MAX:
            await batch.done()

    def settled_ms(self, told_ms: int) -> int:
        """Up to when the read side is whole: no market event of an earlier time will still come.
        `told_ms` is up to when the feed has handed over its events by now."""
        return self._settled_time.up_to(told_ms)

    async def settled(self) -> None:
        """Return once everything so far is durable and visible."""
        if (batch := self._committer.last()) is not None:
            await batch.done()

    async def reset(self, opening: Sequence[Command] = ()) -> None:
        """Begin again with nothing but the markets as they stand, and carry out `opening`: all of
        it at once, in the record too. One reset comes after the other.

        Raises as `submit` does, and `TooManyResets` beyond `RESETS_MAX`.
        """
        if self._resets >= RESETS_MAX:
            raise TooManyResets(f"{RESETS_MAX} resets are under way already; try again shortly")
        self._resets += 1
        try:
            async with self._resetting:
                await self.settled()
                await self.submit_together((Reset(), *opening), Source.ADMIN)
                unbind()
        finally:
            self._resets -= 1

    def _check_open(self) -> None:
        health = self.health
        is_closed = health.is_behind or not (health.is_available and health.has_room)
        if is_closed or self._committer.backlog > BACKLOG_EVENTS_MAX:
            raise RecordUnavailable("The exchange cannot record orders just now; try again shortly")
        if self.exchange.state.counters.generation != self.view.generation:
            # Whoever asks still sees the accounts of before, whose numbers others have by now.
            raise RecordUnavailable("The exchange begins again just now; try again shortly")

    def _execute(
        self, command: Command, cause: Cause, asked_ms: int | None = None
    ) -> tuple[Transaction, Rejected | None]:
        self._now_ms = max(self._now_ms, self.clock.now_ms() if asked_ms is None else asked_ms)
        if type(command) is not Reset:
            self._pass_time()
        return self._carry_out(command, cause)

    def _pass_time(self) -> None:
        """What was due by now is the clock's doing, whoever comes next."""
        if self._deadline_ms is None or self._deadline_ms > self._now_ms:
            return
        transaction, _ = self._carry_out(PassTime(), Source.CLOCK)
        if transaction.events:
            self._committer.add(self.exchange.state.counters, transaction)

    def _carry_out(self, command: Command, cause: Cause) -> tuple[Transaction, Rejected | None]:
        exchange, now_ms = self.exchange, self._now_ms
        events, rejected = exchange.execute(command, now_ms)
        # A reset has begun another one.
        state = exchange.state
        if (deadline_ms := state.next_deadline_ms()) != self._deadline_ms:
            self._deadline_ms = deadline_ms
            self._await_deadline()
        counters = state.counters
        moved = balances_after(events, exchange.take_balances(), state)
        return (
            Transaction(counters.seq, counters.generation, now_ms, cause, events, moved),
            rejected,
        )

    async def run(self) -> None:
        """Commit, expire orders, record tickers, until canceled. Raises `RecordLost`."""
        self._await_deadline()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._committer.run())
                tasks.create_task(self._keep_record_of_markets())
        except ExceptionGroup as group:
            # A task group wraps what ended it; who waits for the engine wants the one clear line.
            if (lost := group.subgroup(RecordLost)) is None:
                raise
            raise lost.exceptions[0] from None

    def _await_deadline(self) -> None:
        """Let orders expire at their deadlines even when nothing else happens."""
        if self._expiring is not None:
            self._expiring.cancel()
        due_ms = self._deadline_ms
        self._expiring = None if due_ms is None else self.clock.at(due_ms, self._expire)

    def _expire(self) -> None:
        if not self.health.is_available:
            self._expiring = self.clock.at(self.clock.now_ms() + AGAIN_MS, self._expire)
            return
        self._now_ms = max(self._now_ms, self.clock.now_ms())
        self._pass_time()

    async def _keep_record_of_markets(self) -> None:
        """Every second of the exchange's time; where that is fast, after a pause of the wall's that
        leaves room for others. Whoever moves a clock that stands still does it."""
        while True:
            await asyncio.sleep(TICKERS_PAUSE_S)
            if self.clock.passes_by_itself and self.health.is_available:
                due = asyncio.Event()
                self.clock.at(self._recorded_ms + TICKERS_EVERY_MS, due.set)
                await due.wait()
                self.record_markets()
                await self.settled()

    def record_markets(self) -> None:
        """Queue every market's ticker, and the minutes up to the running one, for the
        record; it then tells up to now."""
        now_ms = self._recorded_ms = self._now_ms = max(self._now_ms, self.clock.now_ms())
        tickers = []
        told_ms = self.lag.told_by(now_ms)
        for data in self.view.markets.values():
            minutes = data.pass_time(told_ms)
            running = data.running_minute
            if running is not None and not running.is_flat:
                # A kill must not lose what the minute knew so far.
                minutes = [*minutes, running]
            self._committer.note([(data.symbol, candle) for candle in minutes])
            if data.last_price is not None:
                tickers.append(data.ticker())
        if tickers:
            counters = self.exchange.state.counters
            counters.time_ms = now_ms
            self._committer.note((), tickers)
            self._committer.flush(counters)

    def _publish(self, changes: Changes, transactions: Sequence[Transaction]) -> None:
        closed = self.view.apply(changes, transactions)
        if closed or self.view.unrepeatable:
            self._committer.note(closed, (), self.view.unrepeatable)
            self.view.unrepeatable = []
        self.bus.publish(transactions)
