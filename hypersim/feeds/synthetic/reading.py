"""Which of a synthetic market's trades somebody asks for."""

from itertools import islice, takewhile

from hypersim.feeds.synthetic.market import SyntheticMarket
from hypersim.market.candle import MINUTE_MS
from hypersim.market.tape import PublicTrade


def trades_of(
    market: SyntheticMarket, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
) -> list[PublicTrade]:
    """See `Feed.trades`."""
    if from_id is None and start_ms is None:
        market.begin((end_ms - 1) // MINUTE_MS)
        return list(islice(market.trades_back_from(end_ms), limit))[::-1]
    minute = (start_ms or 0) // MINUTE_MS
    if from_id is not None:
        minute = max(minute, market.minute_of_trade(from_id))
    first_id, first_ms = from_id or 0, start_ms or 0
    before_end = takewhile(lambda trade: trade.time_ms < end_ms, market.trades_from(minute))
    wanted = (trade for trade in before_end if trade.id >= first_id and trade.time_ms >= first_ms)
    return list(islice(wanted, limit))
