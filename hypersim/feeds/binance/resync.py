"""Snapshots for the books that need one, one task a symbol."""

import asyncio
import contextlib

import structlog

from hypersim.feeds.binance.api import LOOKED_LEVELS, SNAPSHOT_LEVELS, BinanceApi
from hypersim.feeds.binance.book import LocalBook, PendingBook, Snapshot
from hypersim.feeds.binance.market import SymbolMarket
from hypersim.feeds.binance.rest import RefusedError, RestError
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.words import levels

_log = structlog.get_logger()


async def keep_book(market: SymbolMarket, api: BinanceApi, timings: BinanceTimings) -> None:
    """For ever: whenever the market wants a snapshot, get one that fits and install it."""
    while True:
        await market.snapshot_wanted.wait()
        pending = market.pending
        assert pending is not None
        levels_max = SNAPSHOT_LEVELS if market.is_kept else LOOKED_LEVELS
        try:
            book = await _load(market.id, pending, api, timings, levels_max)
        except RefusedError as error:
            _log.warning("no order book", symbol=market.symbol, reason=str(error))
            await asyncio.sleep(timings.backoff_cap_s)
            continue
        except RestError:
            book = None
        if market.pending is not pending:
            continue
        if book is None:
            await asyncio.sleep(max(timings.resync_pause_s, api.rest.wait_s()))
            continue
        _log.debug("order book in sequence", symbol=market.symbol, update_id=book.last_id)
        market.install(book)


async def _load(
    id_: str, pending: PendingBook, api: BinanceApi, timings: BinanceTimings, levels_max: int
) -> LocalBook | None:
    # The documents ask for the first update before the snapshot. A market may be too quiet to send
    # one; a snapshot without it is as good, for a gap after it would show.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timings.first_diff_s):
            await pending.arrived.wait()
    answer = await api.snapshot(id_, levels_max)
    try:
        bids, asks = levels(answer.bids), levels(answer.asks)
    except ValueError as error:
        raise RestError(f"depth answered garbage: {error}") from error
    return pending.on(Snapshot(answer.last_update_id, bids, asks, levels_max))
