"""Gives accounts back what their orders counted once these trade."""

from hypersim.dialects.binance.operations import Venue
from hypersim.trading.events import OrderFilled


async def count_fills(venue: Venue) -> None:
    """Watch committed fills until canceled."""
    bus = venue.services.engine.bus
    subscription = bus.subscribe()
    while True:
        events = await subscription.next_events()
        now_ms = venue.now_ms()
        for event in events:
            if isinstance(event, OrderFilled):
                venue.order_counts.filled(event.order, event.fill, now_ms)
        if subscription.overflowed:
            # Too slow for once: the missed orders stay counted until their window ends.
            subscription = bus.subscribe()
