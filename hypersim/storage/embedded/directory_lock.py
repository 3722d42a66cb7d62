"""Two locks on a data directory: one of the hypersim that owns it, one of its PostgreSQL.

Both are `flock`s, which the kernel frees when the last process that holds them dies, however it
dies. So there is no stale lock, and no process number to mistake for somebody else's.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.embedded.processes import kill_holders, stands_still

_POLL_S = 0.01
_GIVE_UP_S = 30.0
_TOLD_AFTER_S = ((15.0, signal.SIGKILL), (10.0, signal.SIGQUIT), (0.0, signal.SIGINT))
# Backends go by themselves when their server is dead; one that stands still does not.
_ORPHANS_GO_S = 2.0
_OWNER_WRITES_S = 0.5


class OwnerLock:
    """Held by one process as long as it uses the directory; the file names that process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Takes the lock or raises: DatabaseUnavailable names the holder, OSError is the disk's."""
        descriptor = _open(self._path)
        try:
            if not _try_lock(descriptor):
                raise DatabaseUnavailable(
                    f"the data directory {self._path.parent} is in use by another hypersim "
                    f"(process {_holder(descriptor)}): stop that one first, "
                    "or choose another directory with --data-dir"
                )
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Frees the lock; nothing if it is not held. The file stays, or two could own it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextlib.contextmanager
def cluster_lock(
    path: Path, cluster: Path, canceled: threading.Event, say: Callable[[str], None]
) -> Iterator[int]:
    """A descriptor for the programs of `cluster` to inherit: while one of them lives, it is locked.

    Having it proves that no server of an earlier run is left. One that is (its hypersim and the
    watchdog were both killed) is told to stop, and awaited.

    Raises DatabaseUnavailable if it does not go.
    """
    descriptor = _open(path)
    try:
        _wait_until_alone(descriptor, path, cluster, canceled, say)
        yield descriptor
    finally:
        os.close(descriptor)


def _wait_until_alone(
    descriptor: int,
    path: Path,
    cluster: Path,
    canceled: threading.Event,
    say: Callable[[str], None],
) -> None:
    begin = time.monotonic()
    told: signal.Signals | None = None
    while not _try_lock(descriptor):
        waited = time.monotonic() - begin
        server = _leftover_server(cluster)
        wanted = _what_to_tell(server, waited)
        if wanted not in (None, told):
            say(f"stopping the PostgreSQL that an earlier run left (process {server or 'unknown'})")
            _tell(wanted, server, path)
            told = wanted
        if waited > _GIVE_UP_S:
            raise DatabaseUnavailable(
                f"a PostgreSQL of an earlier run still uses {cluster} and does not stop: "
                f"end process {server or '(see ps)'} first"
            )
        if canceled.wait(_POLL_S):
            raise DatabaseUnavailable("the database was stopped while it started")


def _what_to_tell(server: int | None, waited_s: float) -> signal.Signals | None:
    """Without a server, what holds the lock are its children, of which no name is known."""
    if server is None:
        return signal.SIGKILL if waited_s > _ORPHANS_GO_S else None
    if stands_still(server):
        return signal.SIGKILL
    return next(number for after_s, number in _TOLD_AFTER_S if waited_s >= after_s)


def _tell(number: signal.Signals | None, server: int | None, lock: Path) -> None:
    if number is signal.SIGKILL:
        kill_holders(lock)
    elif server is not None and number is not None:
        with contextlib.suppress(OSError):
            os.kill(server, number)


def _leftover_server(cluster: Path) -> int | None:
    """The process in `postmaster.pid`, unless its number belongs to somebody else by now."""
    try:
        number = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return number if number > 1 and _works_in(number, cluster) else None


def _works_in(process: int, cluster: Path) -> bool:
    if sys.platform == "linux":
        try:
            return os.path.samefile(f"/proc/{process}/cwd", cluster)
        except OSError:
            return False
    command = ["ps", "-o", "command=", "-p", str(process)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return str(cluster) in listed.stdout


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    """The number that the holder wrote; it does so right after it took the lock."""
    deadline = time.monotonic() + _OWNER_WRITES_S
    while time.monotonic() < deadline:
        if written := os.pread(descriptor, 20, 0).decode(errors="replace").strip():
            return written
        time.sleep(_POLL_S)
    return "unknown"
