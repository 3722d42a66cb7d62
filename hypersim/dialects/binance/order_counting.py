"""Gives accounts back what their orders counted once these trade, and all of it after a reset."""

from itertools import chain

from hypersim.dialects.binance.operations import Venue
from hypersim.trading.events import ExchangeReset, OrderFilled


async def count_fills(venue: Venue) -> None:
    """Watch committed fills and resets until canceled."""
    bus = venue.services.engine.bus
    subscription = bus.subscribe()
    while True:
        transactions = await subscription.next()
        now_ms = venue.now_ms()
        for event in chain.from_iterable(one.events for one in transactions):
            if isinstance(event, OrderFilled):
                venue.order_counts.filled(event.order, event.fill, now_ms)
            elif isinstance(event, ExchangeReset):
                venue.order_counts.forget()
        if subscription.overflowed:
            # Too slow for once: the missed orders stay counted until their window ends.
            subscription = bus.subscribe()
