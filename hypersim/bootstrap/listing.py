"""Which markets there are when the exchange starts."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from hypersim.market.instrument import Instrument
from hypersim.service.engine import Engine
from hypersim.service.feed import Feed
from hypersim.service.transaction import Source
from hypersim.service.unlisting import unlist_others
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.touched import touched_symbols
from hypersim.trading.commands import ListInstrument


async def leave_out_others(
    engine: Engine, instruments: Sequence[Instrument], record: ConnectionSettings
) -> None:
    """Of what was listed before only what somebody may still need stays beside these instruments.
    Raises DatabaseUnavailable."""
    brought = {instrument.symbol for instrument in instruments}
    if not engine.view.instruments.keys() <= brought:
        touched = await touched_symbols(record)
        unlist_others(engine.exchange.state, engine.view, brought, touched)


async def list_instruments(engine: Engine, feed: Feed, instruments: Sequence[Instrument]) -> None:
    """List what the feed brings; what was listed before, the feed serves too. Where the feed names
    no fee model, a market keeps the one that it was given, and whether it was asked for."""
    listed = engine.view.instruments
    commands = [
        ListInstrument(_as_before(instrument, listed.get(instrument.symbol)))
        for instrument in instruments
    ]
    # All at once, so that hundreds do not wait for as many commits.
    await asyncio.gather(*(engine.submit(command, Source.ADMIN) for command in commands))
    brought = {instrument.symbol for instrument in instruments}
    for instrument in listed.values():
        if instrument.symbol not in brought:
            feed.add(instrument)


def _as_before(instrument: Instrument, before: Instrument | None) -> Instrument:
    if before is None:
        return instrument
    fee_model = instrument.fee_model or before.fee_model
    return replace(instrument, fee_model=fee_model, is_asked_for=before.is_asked_for)
