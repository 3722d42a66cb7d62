"""The watch, where it is on."""

from hypersim.service.engine import Engine
from hypersim.service.watch.watch import Watch
from hypersim.settings import Settings


def watch_of(settings: Settings, engine: Engine) -> Watch | None:
    """From now on it sees what is committed, too."""
    return watching(engine) if settings.watch else None


def watching(engine: Engine) -> Watch:
    """One that is on."""
    watch = Watch(engine.view, engine.clock)
    engine.bus.witness = watch.committed
    engine.clock.lending.on_refusal = watch.skewed
    return watch
