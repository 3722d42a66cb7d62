"""Memory and processor time of processes, as the kernel counts them."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self/stat").exists()


class Footprint(NamedTuple):
    """`resident_bytes` counts a page that several processes share once where the kernel tells
    (Linux), else in each. `cpu_s` is user and system time, None where the kernel does not tell."""

    resident_bytes: int
    cpu_s: float | None


def footprint(pid: int, *, with_children: bool = False) -> Footprint:
    """Of one process, or of it and all that descend from it."""
    parents = _parents()
    pids = [pid, *_descendants(pid, parents)] if with_children else [pid]
    return _sum(pids, shared_once=with_children)


def footprint_beside(pid: int, other: int) -> Footprint:
    """Of what descends from one process without being another one or descending from that."""
    parents = _parents()
    apart = {other, *_descendants(other, parents)}
    pids = [one for one in _descendants(pid, parents) if one not in apart]
    return _sum(pids, shared_once=False)


def _sum(pids: Sequence[int], *, shared_once: bool) -> Footprint:
    resident = sum(_resident_bytes(one, shared_once=shared_once) for one in pids)
    seconds = [_cpu_s(one) or 0.0 for one in pids]
    return Footprint(resident, sum(seconds) if _HAS_PROC else None)


def _parents() -> dict[int, int]:
    """pid → parent's pid, of all processes."""
    if not _HAS_PROC:
        rows = _ps("-axo", "pid=,ppid=")
        return {int(pid): int(parent) for pid, parent in (row.split() for row in rows)}
    parents = {}
    for entry in _PROC.iterdir():
        with contextlib.suppress(ValueError, OSError):
            parents[int(entry.name)] = int(_stat(int(entry.name))[1])
    return parents


def _descendants(pid: int, parents: dict[int, int]) -> list[int]:
    children = [child for child, parent in parents.items() if parent == pid]
    return children + [one for child in children for one in _descendants(child, parents)]


def _resident_bytes(pid: int, *, shared_once: bool) -> int:
    if not _HAS_PROC:
        return sum(int(row) * 1024 for row in _ps("-o", "rss=", "-p", str(pid)))
    whole = _status_bytes(pid, "status", "VmRSS:")
    if not shared_once:
        return whole
    return _status_bytes(pid, "smaps_rollup", "Pss:") or whole


def _status_bytes(pid: int, file: str, field: str) -> int:
    """A line of one of the kernel's files about the process; 0 when it is gone or secret."""
    try:
        lines = (_PROC / str(pid) / file).read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), 0)


def _cpu_s(pid: int) -> float | None:
    """User and system time of the process so far, with children that have ended."""
    if not _HAS_PROC:
        return None
    try:
        ticks = sum(int(field) for field in _stat(pid)[11:15])
    except OSError:
        return 0.0
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name, which may hold spaces: state, parent, …"""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _ps(*arguments: str) -> list[str]:
    done = subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()
