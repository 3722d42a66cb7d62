"""The user's program, as it runs and as it is ended."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from hypersim.cli.run.guard import Guard
from hypersim.cli.run.lent_clock import LentClock, left_behind

GRACE_S = 10.0
"""Of the wall's time, between SIGTERM and SIGKILL."""

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Bot:
    """Runs in a process group of its own, which has the number `pid`; `shared` is what it has in
    shared memory. Raises FileNotFoundError and PermissionError, where the program cannot be started
    and no clock is lent to it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        clock: LentClock | None,
        guard: Guard,
    ) -> None:
        if clock is not None:
            command, environment = clock.command(command), clock.environment(environment)
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=_ignore_signals if clock else None,
        )
        self.pid = self._process.pid
        self.shared = left_behind(self.pid) if clock else []
        guard.ends_bot(self.pid, self.shared)

    def wait(self, timeout_s: float) -> int | None:
        """Its exit status (128 and the signal's number where one ended it), None while it runs."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        return 128 - status if status < 0 else status

    def send(self, number: signal.Signals) -> None:
        """A signal to all of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def end(self) -> None:
        """SIGTERM to all of it, SIGKILL to what is left in the end."""
        self.send(signal.SIGTERM)
        self.wait(GRACE_S)
        self.clear()

    def clear(self) -> None:
        """Leave nothing of it: no process, and nothing in shared memory."""
        self.send(signal.SIGKILL)
        self._process.wait()
        for path in self.shared:
            path.unlink(missing_ok=True)


def _ignore_signals() -> None:
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
