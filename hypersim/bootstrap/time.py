"""What the settings say of the exchange's time."""

from types import MappingProxyType

from msgspec.structs import replace

from hypersim import feeds
from hypersim.api.plain_json import iso
from hypersim.api.traffic import Traffic
from hypersim.service.advance import Advancing
from hypersim.service.engine import Engine
from hypersim.service.obliging import Obliging
from hypersim.service.outboxes import Outboxes
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.settings import Settings, SettingsError

MODES = MappingProxyType({"run": Mode.RUNNING, "step": Mode.STEP})
"""By the value of `--clock`."""


def with_feed_of_step(settings: Settings) -> Settings:
    """Where time moves in steps, the feed that is chosen by itself is one that can."""
    if settings.clock == "step" and settings.feed == "auto":
        return replace(settings, feed="synthetic")
    return settings


def check_start(settings: Settings, recorded_ms: int) -> None:
    """A record has a time already. Raises SettingsError."""
    if settings.start is not None and recorded_ms:
        raise SettingsError(
            f"--start: this record has a time already, {iso(recorded_ms)}, and goes on from there; "
            "leave --start out, or name another --data-dir"
        )


def advancing_of(
    settings: Settings, engine: Engine, outboxes: Outboxes, traffic: Traffic
) -> Advancing | None:
    """What moves the exchange's clock, where anybody may."""
    if not isinstance(engine.clock, SimulatedClock):
        return None
    has_end = feeds.has_end(settings.feed)
    advancing = Advancing(
        engine, engine.clock, outboxes, lambda: traffic.in_flight, has_end=has_end
    )
    if settings.on_wait == "advance":
        engine.clock.moves_for = Obliging(advancing).move_to
    return advancing
