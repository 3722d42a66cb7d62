"""The numbers of one market's public trades: one row without gaps, the feed's own ids moved up by
one for each trade among users that happened here before."""

import msgspec


class TapeEnd(msgspec.Struct, frozen=True, gc=False):
    """Where a market's numbers stand: the ids of the last public trade and of the last aggregate,
    and the feed's own id of the last trade of the feed."""

    trade_id: int = 0
    aggregate_id: int = 0
    feed_id: int = 0


class Numbering:
    """Counts. `feed_numbers_trades` says whether the feed's prints have had ids."""

    def __init__(self) -> None:
        self.end = TapeEnd()
        self.feed_numbers_trades = False
        self._other_end: TapeEnd | None = None

    @property
    def shift(self) -> int:
        """How far a public id is above the feed's own now."""
        return self.end.trade_id - self.end.feed_id

    def count_users(self, *, grows_aggregate: bool) -> None:
        """The next trade is among users: it stands between two of the feed's."""
        end = self.end
        aggregates = 0 if grows_aggregate else 1
        self.end = TapeEnd(end.trade_id + 1, end.aggregate_id + aggregates, end.feed_id)

    def count_feeds(self, venue_id: int | None, count: int = 1) -> bool:
        """The next `count` trades are the feed's, the last of them with this id if it has one.
        False where a number that is not above the last one says that they were here before, as some
        feeds begin again with the running minute."""
        end = self.end
        feed_id = end.feed_id + count
        if venue_id is not None:
            self.feed_numbers_trades = True
            if self._other_end is not None:
                end, self._other_end = self._other_end, None
                feed_id = end.feed_id + count
            if venue_id < feed_id:
                return False
            feed_id = venue_id
        ahead = feed_id - end.feed_id
        self.end = TapeEnd(end.trade_id + ahead, end.aggregate_id + ahead, feed_id)
        return True

    def align(self, minute_id: int, last_id: int) -> None:
        """Go on with a feed that counts its trades: `minute_id` is its last one before the running
        minute, `last_id` its last one before now. What the record ends with is a little behind, or
        in this minute, or the number of another feed. That feed's numbers count from its first
        print on, if it numbers its prints."""
        end = self.end
        ahead = minute_id - end.feed_id
        if ahead > 0:
            self.end = TapeEnd(end.trade_id + ahead, end.aggregate_id + ahead, minute_id)
        elif end.feed_id > last_id:
            self._other_end = TapeEnd(minute_id, minute_id, minute_id)
