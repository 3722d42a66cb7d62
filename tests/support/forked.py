"""The program in processes of its own, without waiting for its imports each time.

The first process that is asked for imports the program; all are forked from it, and run on as a new
interpreter would with these arguments. A server starts in half the time.
"""

import contextlib
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import TextIO

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["hypersim.cli"])


class ForkedProgram:
    """`python -m hypersim ARGUMENTS`, with what of subprocess.Popen its users need. `stdout` has
    what it prints, errors as well."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        printed, printing = _forks.Pipe(duplex=False)
        work = (list(arguments), environment, os.getcwd(), printing)
        # A daemon: it ends with the tests, should one leave it behind.
        self._process = _forks.Process(target=_run, args=work, daemon=True)
        self._process.start()
        printing.close()
        self.stdout: TextIO = os.fdopen(os.dup(printed.fileno()), encoding="utf-8")
        printed.close()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """Of a process that has ended; below zero the signal that ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired if it goes on for longer."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("hypersim", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing happens if it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()


def _run(
    arguments: list[str], environment: dict[str, str], folder: str, printing: Connection
) -> None:
    """In the new process: what an interpreter would have set up before it runs the program."""
    for number in (1, 2):
        os.dup2(printing.fileno(), number)
    printing.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["hypersim", *arguments]
    sys.orig_argv = [sys.executable, "-m", *sys.argv]
    runpy.run_module("hypersim", run_name="__main__")
