"""What was before a scenario: the past of markets that have none by themselves."""

from pathlib import Path

from hypersim.market.number import floor_to
from hypersim.service.feed import FeedUnavailable
from hypersim.service.manual_price import ManualPrice
from hypersim.service.scenarios.stage import CannotBe, Stage, Told
from hypersim.service.scenarios.words import History


async def give_past(
    stage: Stage, key: str, history: History, folder: Path | None, begin_ms: int
) -> None:
    """Keep what a scenario tells, under this key, of the time before it; its files are in the
    folder. Raises CannotBe."""
    if stage.pasts is None:
        raise CannotBe("only the manual feed takes one: the others tell of their past", key)
    instrument = stage.instrument(history.symbol)
    has_price = stage.engine.view.markets[instrument.symbol].last_price is not None
    if has_price and not stage.pasts.has(instrument):
        raise CannotBe(
            f"{instrument.symbol} has prices already, and what was before them is known; begin "
            "with another --data-dir",
            f"{key}.symbol",
        )
    if history.is_text:
        source: Path | str = history.csv
    elif folder is None:
        raise CannotBe(
            f"must be the lines of a file of candles, not {history.csv[:80]!r}: files are read "
            "where the server is started with --scenario",
            f"{key}.csv",
        )
    else:
        source = folder / history.csv
    told = Told(instrument, history.interval, source, begin_ms)
    try:
        await stage.pasts.give(told, replaces=not has_price)
    except FeedUnavailable as error:
        raise CannotBe(str(error), f"{key}.csv") from None


async def begin_where_past_ends(stage: Stage, history: History) -> None:
    """A market that has no price yet gets the last one of what was before. Raises InvalidPrice."""
    instrument = stage.instrument(history.symbol)
    if stage.pasts is None or stage.engine.view.markets[instrument.symbol].last_price is not None:
        return
    close = await stage.pasts.last_close(instrument)
    price = max(floor_to(close, instrument.tick_size), instrument.min_price)
    await stage.prices.set(ManualPrice(instrument.symbol, price))
