"""Turns what PostgreSQL and the operating system say into one line that helps."""

import errno
import os
import re
import shutil
from pathlib import Path

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.embedded.account import name_of

_ELSEWHERE = "choose another directory with --data-dir, or set DATABASE_URL to a running server"
_DISK_FULL = ("No space left on device", "Disk quota exceeded", "Check free disk space")
_ERROR_MARKS = ("FATAL:", "PANIC:", "error:", "ERROR:", "error while loading")
# Said to clients that connect too early; explains nothing.
_TO_CLIENTS = "the database system is"
_LOG_PREFIX = re.compile(r"^.*?\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] ")
# With less, a program may not even have been able to write why it failed.
_NEARLY_FULL_BYTES = 1024 * 1024
_LOG_TAIL_BYTES = 64 * 1024


def directory_unusable(root: Path, error: OSError) -> DatabaseUnavailable:
    """Why the data directory `root` cannot hold a database."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return _disk_full(root, os.strerror(error.errno))
        case errno.EROFS:
            problem = "is on a read-only file system, and the database must write to it"
        case errno.EACCES | errno.EPERM:
            problem = f"is not writable for user {name_of(os.geteuid())}"
        case errno.ENOTDIR | errno.EEXIST:
            problem = "is no directory"
        case _:
            problem = f"cannot be used ({error.strerror or error})"
    if error.filename is not None and Path(os.fsdecode(error.filename)) != root:
        problem += f" (at {os.fsdecode(error.filename)})"
    return DatabaseUnavailable(f"the data directory {root} {problem}: {_ELSEWHERE}")


def server_failed(root: Path, what: str, output: str) -> DatabaseUnavailable:
    """Why `what` ("PostgreSQL did not start") happened, from the lines that a program left."""
    line = telling_line(output)
    if any(mark in output for mark in _DISK_FULL) or _is_nearly_full(root):
        return _disk_full(root, line)
    if "Read-only file system" in line:
        return directory_unusable(root, OSError(errno.EROFS, line))
    if "pre-existing shared memory block" in line:
        return DatabaseUnavailable(
            f"the data directory {root} is in use by a PostgreSQL that hypersim did not start: "
            "stop that server first"
        )
    return DatabaseUnavailable(f"{what} in {root}: {line}; {_ELSEWHERE}")


def telling_line(output: str) -> str:
    """The line that says what went wrong, without its timestamp."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    full = [line for line in lines if any(mark in line for mark in _DISK_FULL[:-1])]
    errors = [line for line in lines if any(mark in line for mark in _ERROR_MARKS)]
    # The first error is the cause, those after it are consequences.
    causes = full or [line for line in errors if _TO_CLIENTS not in line] or lines[-1:]
    return _LOG_PREFIX.sub("", causes[0]) if causes else "it said nothing"


def log_since(log: Path, offset: int) -> str:
    """What was written to `log` behind `offset`; of much, the end."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(offset, end - _LOG_TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _is_nearly_full(root: Path) -> bool:
    try:
        return shutil.disk_usage(root).free < _NEARLY_FULL_BYTES
    except OSError:
        return False


def _disk_full(root: Path, line: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"the disk of the data directory {root} is full ({line}): free some space "
        f"(an empty database takes 40 MB), {_ELSEWHERE}"
    )
