"""What the machine itself can do, and how much of it others use: figures say little without."""

import os
import statistics
import time
from pathlib import Path
from typing import NamedTuple

_BLOCK = b"x" * 8192
_BLOCKS = 256
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


class Ticks(NamedTuple):
    """Processor time of the whole machine, in seconds since it started: in use, and in all."""

    used_s: float
    all_s: float


def processor_ticks() -> Ticks | None:
    """As of now; None where the system does not tell. Waiting for a disk is not use."""
    if not _STAT.exists():
        return None
    fields = [int(field) for field in _STAT.read_text().split("\n", 1)[0].split()[1:9]]
    per_second = os.sysconf("SC_CLK_TCK")
    used = sum(fields) - fields[3] - fields[4]
    return Ticks(used / per_second, sum(fields) / per_second)


def own_client_s() -> float:
    """Processor time of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def others_share(before: Ticks | None, after: Ticks | None, own_s: float) -> float | None:
    """Which part of all processors others used between two moments, 0 to 1, when `own_s` was
    ours."""
    if before is None or after is None or after.all_s <= before.all_s:
        return None
    share = (after.used_s - before.used_s - own_s) / (after.all_s - before.all_s)
    return round(min(1.0, max(0.0, share)), 3)
