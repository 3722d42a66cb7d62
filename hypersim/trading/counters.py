"""The numbers that the exchange gives out: equal inputs give equal ids."""

import msgspec


class Counters(msgspec.Struct):
    """The last number given out of each kind. `seq` counts events that change the record,
    `generation` how often the exchange began again, and `time_ms` is the exchange's time up to
    which the record tells: these three never go back. The feed has told all from before `feed_ms`,
    and `feed_told` events of that moment; nothing yet where both are 0."""

    seq: int = 0
    generation: int = 0
    time_ms: int = 0
    account_id: int = 0
    order_id: int = 0
    trade_id: int = 0
    ledger_seq: int = 0
    rank: int = 0
    list_id: int = 0
    prevented_match_id: int = 0
    withdrawal_id: int = 0
    feed_ms: int = 0
    feed_told: int = 0

    def go_on_to(self, later: "Counters") -> None:
        """Time and the feed went on, whatever happened meanwhile."""
        self.time_ms = later.time_ms
        self.feed_is_at(later.feed_ms, later.feed_told)

    def feed_is_at(self, time_ms: int, told: int) -> None:
        """So far has the feed told."""
        self.feed_ms, self.feed_told = time_ms, told
