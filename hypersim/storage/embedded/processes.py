"""The processes of a PostgreSQL server, as the operating system lists them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_STANDS_STILL = frozenset({psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP})
# What the server calls the process that reads its log after a crash.
_RECOVERY = "postgres: startup"
# A killed process goes at once, unless a disk or a frozen container holds it.
_DEATH_S = 0.5


def is_recovering(postmaster: int) -> bool:
    """Whether the server is getting itself ready: its `startup` process is there and moves."""
    return any(
        _title(child).startswith(_RECOVERY) and not stands_still(child.pid)
        for child in _family(postmaster)[1:]
    )


def has_child_that_stands_still(postmaster: int) -> bool:
    """Whether one of the server's children was stopped; nobody gets the locks that it holds."""
    return any(stands_still(child.pid) for child in _family(postmaster)[1:])


def stands_still(process: int) -> bool:
    """Whether it was stopped (SIGSTOP, a debugger) and will not act on a signal but SIGKILL."""
    try:
        return psutil.Process(process).status() in _STANDS_STILL
    except psutil.Error:
        return False


def kill_server(postmaster: int) -> None:
    """End a server and all its children, also those that stand still. What cannot be killed is
    left behind after a moment."""
    _kill(_family(postmaster))


def kill_holders(lock: Path) -> None:
    """End whatever holds the file open, this process excepted."""
    _kill(list(_holders(lock.resolve())))


def _family(postmaster: int) -> list[psutil.Process]:
    """The server first; empty when it is gone."""
    try:
        parent = psutil.Process(postmaster)
        return [parent, *_children(parent)]
    except psutil.Error:
        return []


def _children(parent: psutil.Process) -> list[psutil.Process]:
    """As the kernel lists them where it does; to ask every process of the machine who its parent is
    would cost more than all else that an idle server does."""
    try:
        numbers = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    except OSError:
        found: list[psutil.Process] = parent.children()
        return found
    children = []
    for number in numbers:
        with contextlib.suppress(psutil.NoSuchProcess):
            children.append(psutil.Process(int(number)))
    return children


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()[:1])
    except psutil.Error:
        return ""


def _holders(file: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != psutil.Process().pid and any(
                Path(held.path) == file for held in process.open_files()
            ):
                yield process


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, _DEATH_S)
