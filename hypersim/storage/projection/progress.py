"""How far the tables follow the journal, for whoever reads them."""

import asyncio
import contextlib
from collections import deque
from time import monotonic

from hypersim.account.entries import owner_of
from hypersim.service.record import Entry, RecordUnavailable
from hypersim.service.transaction import account_of
from hypersim.trading.events import WithdrawalChanged

BEHIND_MAX_S = 1.0
"""The writer waits for tables that are further behind."""

READ_PATIENCE_S = 2.0
"""A read waits so long for the tables to show what its account did."""

NOT_SHOWN = "The exchange's tables do not show your latest orders yet; try again shortly"


class Progress:
    """What is in the journal, and what is in the tables. One for each server."""

    def __init__(self) -> None:
        self.committed_seq = 0
        self.projected_seq = 0
        self.stopped: str | None = None
        """Why the tables follow no more."""
        self.steps_back = 0
        """How often the tables were found to stand further back than they did."""
        self.form = "task"
        self.restarts = 0
        """How often the process that brings them up was started again."""
        self.projector_pid: int | None = None
        """Of that process; None where a task of this one does it."""
        self._last_of: dict[int, int] = {}
        self._since = 0
        """The last event of whoever is not named above was not after this one: that of a reset, or
        the record's end at the start."""
        self._started_seq = 0
        self._behind: deque[tuple[int, float]] = deque()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._news = asyncio.Event()

    @property
    def events_behind(self) -> int:
        """How many numbers are in the journal and not in the tables."""
        return max(0, self.committed_seq - self.projected_seq)

    @property
    def behind_s(self) -> float:
        """The age of the oldest event that is acknowledged and not in the tables."""
        return monotonic() - self._behind[0][1] if self._behind else 0.0

    @property
    def behind_since_s(self) -> float | None:
        """Since when that event is there, by the machine's monotonic clock."""
        return self._behind[0][1] if self._behind else None

    @property
    def is_late(self) -> bool:
        """Whether whoever writes should wait for the tables."""
        return self.behind_s > BEHIND_MAX_S and self.stopped is None

    async def catches_up(self) -> None:
        """Wait for the tables to show the oldest event that they do not, for a moment: one in which
        nobody brings them up must not keep the writer."""
        with contextlib.suppress(TimeoutError, RecordUnavailable):
            async with asyncio.timeout(BEHIND_MAX_S):
                await self._reached(self._behind[0][0])

    def start_at(self, seq: int) -> None:
        """The record ends there, and nobody knows any more whose events the tables do not show."""
        self.committed_seq = self._since = self._started_seq = seq

    def take_orders(self) -> None:
        """Orders are taken from now on. What the last run left to the tables held up no start, and
        is late from now on."""
        self._is_missing(self._started_seq)

    def stop(self, reason: str) -> None:
        """The tables follow no more: whoever waits for them waits in vain."""
        self.stopped = reason
        waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            if not future.done():
                future.set_exception(RecordUnavailable(NOT_SHOWN))

    def committed(self, entry: Entry) -> None:
        """It is in the journal."""
        seq = entry.counters.seq
        if seq > self.committed_seq:
            self._behind.append((seq, monotonic()))
            self.committed_seq = seq
        last_of = self._last_of
        for transaction in entry.transactions:
            if transaction.begins_again:
                self._since = transaction.seq
                last_of.clear()
            for event in transaction.events:
                if isinstance(event, WithdrawalChanged):
                    account_id: int | None = event.withdrawal.account_id
                else:
                    account_id = account_of(event)
                if account_id is not None:
                    last_of[account_id] = transaction.seq
        self._news.set()

    def projected(self, seq: int) -> None:
        """The tables stand there; they may have stepped back."""
        stood_seq, self.projected_seq = self.projected_seq, seq
        if seq < stood_seq:
            self.steps_back += 1
            self._is_missing(stood_seq)
        self.committed_seq = max(self.committed_seq, seq)
        while self._behind and self._behind[0][0] <= seq:
            self._behind.popleft()
        still: list[tuple[int, asyncio.Future[None]]] = []
        for wanted, future in self._waiting:
            if future.done():
                continue
            if wanted <= seq:
                future.set_result(None)
            else:
                still.append((wanted, future))
        self._waiting = still

    def seen(self, seq: int) -> None:
        """A new connection finds the tables there: after a crash of the database it may be the
        first to know that they stepped back."""
        if seq < self.projected_seq:
            self.projected(seq)

    def _is_missing(self, seq: int) -> None:
        """Up to there the tables should show all; if they do not, that counts from now on."""
        if self.projected_seq < seq:
            self._behind.appendleft((seq, monotonic()))

    async def news(self) -> None:
        """Wait until something is committed that nobody asked for by this yet."""
        await self._news.wait()
        self._news.clear()

    async def shows(self, account_id: int) -> None:
        """Return when the tables show all that the account did. Raises RecordUnavailable."""
        wanted = self._last_of.get(owner_of(account_id), self._since)
        if self.projected_seq < (wanted if account_id > 0 else self.committed_seq):
            await self._within_patience(wanted if account_id > 0 else self.committed_seq)

    async def shows_all(self) -> None:
        """Return when the tables show all that is committed by now. Raises RecordUnavailable when
        they never will."""
        await self._reached(self.committed_seq)

    async def _within_patience(self, seq: int) -> None:
        try:
            async with asyncio.timeout(READ_PATIENCE_S):
                await self._reached(seq)
        except TimeoutError as late:
            raise RecordUnavailable(NOT_SHOWN) from late

    async def _reached(self, seq: int) -> None:
        if self.projected_seq >= seq:
            return
        if self.stopped is not None:
            raise RecordUnavailable(NOT_SHOWN)
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((seq, future))
        await future
