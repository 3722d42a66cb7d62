"""What the settings say of the exchange's time."""

from types import MappingProxyType

from msgspec.structs import replace

from hypersim import feeds
from hypersim.service.advance import Advancing
from hypersim.service.engine import Engine
from hypersim.service.outboxes import Outboxes
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.settings import Settings

MODES = MappingProxyType({"run": Mode.RUNNING, "step": Mode.STEP})
"""By the value of `--clock`."""


def with_feed_of_step(settings: Settings) -> Settings:
    """Where time moves in steps, the feed that is chosen by itself is one that can."""
    if settings.clock == "step" and settings.feed == "auto":
        return replace(settings, feed="synthetic")
    return settings


def advancing_of(settings: Settings, engine: Engine, outboxes: Outboxes) -> Advancing | None:
    """What moves the exchange's clock, where anybody may."""
    if not isinstance(engine.clock, SimulatedClock):
        return None
    return Advancing(engine, engine.clock, outboxes, has_end=feeds.has_end(settings.feed))
