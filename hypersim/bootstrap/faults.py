"""What goes wrong on purpose: armed by nobody yet, and undone when the exchange stops."""

import contextlib

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from hypersim.service.arming import Arming
from hypersim.service.chance import Chance
from hypersim.service.engine import Engine
from hypersim.service.faults import Faults
from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.service.stopping import FEED_BY_S, Stopping


def arming_of(
    engine: Engine, chance: Chance, stack: contextlib.AsyncExitStack, stopping: Stopping
) -> Arming:
    """What faults changed is as it was before once this stops, if the record is there."""
    arming = Arming(Faults(chance, dialect_names(DIALECTS)), engine)

    async def undo() -> None:
        with contextlib.suppress(RecordUnavailable, RecordLost):
            await arming.clear()

    stack.push_async_callback(stopping.within, FEED_BY_S, undo)
    return arming
