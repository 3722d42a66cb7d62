"""A record without a database from which an exchange can be made again, as after a restart."""

from hypersim.service.record import RecordHealth
from hypersim.trading.recorded import Recorded
from tests.support.kept_record import recorded_in
from tests.support.memory_exchange import Store
from tests.support.memory_record import MemoryRecord


class RestartableRecord:
    """Keeps what is read while an exchange runs, and what the next one begins with."""

    def __init__(self) -> None:
        self._archive = MemoryRecord()

    @property
    def time_ms(self) -> int:
        """Up to when it tells."""
        return self.recorded().counters.time_ms

    def store(self) -> Store:
        """For an exchange."""
        return Store(self._archive, self._archive, RecordHealth())

    def recorded(self) -> Recorded:
        """What a start finds."""
        return recorded_in(self._archive)
