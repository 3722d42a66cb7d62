"""What the machine itself can do, and whether it is free: without that no figure says much."""

import os
import statistics
import time
from pathlib import Path

_BLOCK = b"x" * 8192
_BLOCKS = 256
_WATCH_S = 0.5
_STAT = Path("/proc/stat")


def flush_ms(directory: Path, flushes: int = 100) -> float:
    """The median time, in ms, until 8 kB that are written over old data are on the disk: what a
    commit of PostgreSQL waits for at least."""
    path = directory / "flush.probe"
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        os.write(descriptor, _BLOCK * _BLOCKS)
        os.fsync(descriptor)
        durations = []
        for number in range(flushes):
            started_ns = time.perf_counter_ns()
            os.pwrite(descriptor, _BLOCK, number % _BLOCKS * len(_BLOCK))
            os.fsync(descriptor)
            durations.append(time.perf_counter_ns() - started_ns)
    finally:
        os.close(descriptor)
        path.unlink()
    return round(statistics.median(durations) / 1e6, 3)


def busy_share() -> float | None:
    """Which part of all processors was in use over the next half second, 0 to 1; None where the
    system does not tell."""
    before = _ticks()
    if before is None:
        return None
    time.sleep(_WATCH_S)
    after = _ticks()
    assert after is not None
    total = after[1] - before[1]
    return round((after[0] - before[0]) / total, 3) if total else 0.0


def _ticks() -> tuple[int, int] | None:
    """(in use, all) since the machine started; waiting for a disk is not use."""
    if not _STAT.exists():
        return None
    fields = [int(field) for field in _STAT.read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) - idle, sum(fields)
