"""A record without a database from which an exchange can be made again, as after a restart."""

from hypersim.service.changes import Changes
from hypersim.service.record import RecordHealth
from hypersim.trading.recorded import Recorded
from tests.support.kept_record import KeptRecord
from tests.support.memory_exchange import Store
from tests.support.memory_record import MemoryRecord


class RestartableRecord:
    """Keeps what is read while an exchange runs, and what the next one begins with."""

    def __init__(self) -> None:
        self._archive = _Archive()

    @property
    def time_ms(self) -> int:
        """Up to when it tells."""
        return self.recorded().counters.time_ms

    def store(self) -> Store:
        """For an exchange."""
        return Store(self._archive, self._archive, RecordHealth())

    def recorded(self) -> Recorded:
        """What a start finds."""
        return self._archive.kept.recorded()


class _Archive(MemoryRecord):
    def __init__(self) -> None:
        super().__init__()
        self.kept = KeptRecord()

    async def commit(self, changes: Changes) -> None:
        """See `Recorder`."""
        await super().commit(changes)
        self.kept.commit(changes)
