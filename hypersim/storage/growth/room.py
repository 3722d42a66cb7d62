"""Whether our own database's disk has room. Orders stop while there is enough left for the tables
to show what is in the journal, and go on when there is more again."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from hypersim.service.record import RecordHealth

LEFT_MIN_BYTES = 64_000_000
LEFT_MIN_SHARE = 0.05
"""Of the disk, where that is less: a small one may be for this alone."""

EVERY_S = 1.0

log = structlog.get_logger(__name__)


class Usage(Protocol):
    """Of a disk, in bytes."""

    @property
    def total(self) -> int: ...

    @property
    def free(self) -> int: ...


class RoomWatch:
    """Looks at the disk under `root`, and tells `health`."""

    def __init__(
        self, root: Path, health: RecordHealth, usage: Callable[[Path], Usage] = shutil.disk_usage
    ) -> None:
        self._root = root
        self._health = health
        self._usage = usage

    async def run(self) -> None:
        """Until canceled."""
        while True:
            with contextlib.suppress(OSError):
                self.look()
            await asyncio.sleep(EVERY_S)

    def look(self) -> None:
        """Once. Raises OSError where nobody knows."""
        usage = self._usage(self._root)
        has_room = usage.free >= min(LEFT_MIN_BYTES, LEFT_MIN_SHARE * usage.total)
        if has_room != self._health.has_room:
            self._health.has_room = has_room
            if has_room:
                log.info("there is room on the disk again; orders are taken")
            else:
                log.error(
                    "little room is left on the database's disk: no orders are taken until there "
                    "is more",
                    left_mb=usage.free // 1_000_000,
                    path=str(self._root),
                )
