"""What users traded with each other lately, so that a minute that the feed tells has it too.

A feed only knows its own trades. In public, those among users stand between them, and count: in the
bars of memory as in those of the record (see `recorded_bars`).
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from hypersim.market.candle import MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.recorded_bars import interleaved, public
from hypersim.market.tape import PublicTrade, RecordedTrade

KEPT_MS = 10 * MINUTE_MS
"""How long after its end a minute may still be told by the feed; what was not told by then is asked
for as history."""

Part = tuple[int, Candle]
"""What users traded after the feed's trade with this id, before its next one."""


class AmongUsers:
    """The trades among users of the latest minutes."""

    def __init__(self) -> None:
        self._parts: dict[int, dict[int, Candle]] = {}

    @property
    def have_traded(self) -> bool:
        """Whether there are any."""
        return bool(self._parts)

    def add(self, trade: PublicTrade, feed_id: int) -> None:
        """Two users traded after the feed's trade with this id."""
        open_ms = Interval.M1.open_ms(trade.time_ms)
        if open_ms not in self._parts:
            for over_ms in [one for one in self._parts if one < open_ms - KEPT_MS]:
                del self._parts[over_ms]
            self._parts[open_ms] = {}
        parts = self._parts[open_ms]
        before = parts.get(feed_id) or flat_candle(open_ms, trade.price)
        parts[feed_id] = before.with_public(trade)

    def load(self, recorded: Iterable[RecordedTrade], before: RecordedTrade | None) -> None:
        """Take in what the record has of the tape: ascending, with the one before them. Those among
        users moved up the numbers of the feed's."""
        shift = 0 if before is None else before.id - before.feed_id
        for trade in recorded:
            if trade.id - trade.feed_id > shift:
                self.add(public(trade), trade.feed_id)
            shift = trade.id - trade.feed_id

    def shift_at(self, feed_id: int, shift: int) -> int:
        """How far the public id of the feed's trade is above its own, where `shift` is it now."""
        later = (
            bar.trade_count
            for parts in self._parts.values()
            for after_id, bar in parts.items()
            if after_id >= feed_id
        )
        return shift - sum(later)

    def closed(self, told: Candle, ours: Candle | None, shift: int) -> Candle:
        """The feed's word on a minute that is over, with what users traded in it. `ours` is what we
        saw of it; its numbers stand where the feed has none."""
        parts = list(self._parts.get(told.open_ms, {}).items())
        first_id, last_id = told.first_trade_id, told.last_trade_id
        if first_id is not None and last_id is not None:
            told = replace(told, first_trade_id=first_id + self.shift_at(first_id, shift))
            return _with(told, parts, first_id, last_id)
        if ours is None or ours.is_flat:
            return told
        ahead = [id_ for id_, bar in parts if bar.first_trade_id == ours.first_trade_id]
        after = [id_ for id_, bar in parts if bar.last_trade_id == ours.last_trade_id]
        counts_trades = told.trade_count > 0 or told.volume == 0
        told = _with(
            told,
            parts,
            ahead[0] + 1 if ahead else 0,
            after[0] if after else max((id_ for id_, _ in parts), default=0) + 1,
        )
        if counts_trades:
            return told
        return replace(told, trade_count=ours.trade_count, first_trade_id=ours.first_trade_id)

    def grown(self, told: Candle, shift: int) -> tuple[Candle, int]:
        """The feed's word on the running minute, with what users traded in it up to its last trade;
        and the public id of that."""
        first_id, last_id = told.first_trade_id, told.last_trade_id
        assert first_id is not None and last_id is not None
        parts = [
            (id_, bar) for id_, bar in self._parts.get(told.open_ms, {}).items() if id_ < last_id
        ]
        told = replace(told, first_trade_id=first_id + self.shift_at(first_id, shift))
        return _with(told, parts, first_id, last_id), last_id + self.shift_at(last_id, shift)


def _with(told: Candle, parts: Sequence[Part], first_id: int, last_id: int) -> Candle:
    return interleaved(
        told,
        [bar for id_, bar in parts if id_ < first_id],
        [bar for id_, bar in parts if first_id <= id_ < last_id],
        [bar for id_, bar in parts if id_ >= max(first_id, last_id)],
    )
