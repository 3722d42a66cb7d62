"""One run of the PostgreSQL server, and the watchdog that ends it when we die."""

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.embedded.account import ServerAccount
from hypersim.storage.embedded.binaries import ENVIRONMENT
from hypersim.storage.embedded.failure import log_since, server_failed
from hypersim.storage.embedded.processes import kill_server, stands_still
from hypersim.storage.embedded.pulse import Pulse, PulseTaker

_POLL_S = 0.002
_REPORT_EVERY_S = 10.0
_LOOK_EVERY_S = 1.0
_IMMEDIATE_SHUTDOWN_S = 0.5
# Reads until our end of the pipe closes, which death by SIGKILL does too. It ignores the signals
# that a terminal or a service manager sends to everybody; it must outlive us.
_WATCHDOG = 'trap "" HUP INT TERM; read -r _; kill -INT "$0"'
_STATUS_LINE: Final = 7


class ServerStuck(DatabaseUnavailable):
    """The server lives and will never serve: its start is worth another try."""


class Postmaster:
    """A server process that runs, or did.

    `inherit` are descriptors that it and all its children hold open.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cluster: Path,
        log: Path,
        account: ServerAccount,
        inherit: tuple[int, ...],
        stale_number: int | None,
    ) -> None:
        self._cluster = cluster
        self._log = log
        environment = dict(ENVIRONMENT)
        if stale_number is not None:
            # Lets the server ignore this number in a leftover postmaster.pid, whosoever has it
            # now, and keeps its own check for a shared memory segment in use.
            environment["PG_GRANDPARENT_PID"] = str(stale_number)
        with log.open("ab") as output:
            self._log_offset = output.tell()
            self._process = subprocess.Popen(
                command,
                **account.popen_identity(),
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=inherit,
                start_new_session=True,
            )
        try:
            self._watchdog = self._watch(account)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def is_alive(self) -> bool:
        """Whether the server process runs, ready or not."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the server process."""
        return self._process.pid

    def wait_until_ready(
        self,
        timeout_s: float,
        pulse: PulseTaker,
        canceled: threading.Event,
        say: Callable[[str], None],
    ) -> None:
        """Returns when connections are accepted. Crash recovery may make that minutes.

        Raises DatabaseUnavailable if the server ends first, or after `timeout_s`.
        """
        begin = time.monotonic()
        report_after_s, look_after_s = _REPORT_EVERY_S, _LOOK_EVERY_S
        while not self._is_ready():
            waited = time.monotonic() - begin
            if not self.is_alive():
                raise server_failed(
                    self._cluster.parent,
                    "PostgreSQL did not start",
                    log_since(self._log, self._log_offset),
                )
            if waited > timeout_s:
                raise DatabaseUnavailable(
                    f"PostgreSQL was not ready within {timeout_s:g} s: see {self._log}"
                )
            if waited > look_after_s:
                look_after_s = waited + _LOOK_EVERY_S
                if pulse.without_answer() is Pulse.STUCK:
                    raise ServerStuck(f"PostgreSQL stands still while it starts: see {self._log}")
            if waited > report_after_s:
                say(f"still waiting for PostgreSQL ({waited:.0f} s; it writes to {self._log})")
                report_after_s += _REPORT_EVERY_S
            if canceled.wait(_POLL_S):
                raise DatabaseUnavailable("the database was stopped while it started")

    def stop(self, fast_s: float) -> None:
        """Ends the server: rolls back and checkpoints within `fast_s`, or else at once (the next
        start recovers). Nothing if it is dead.

        Takes at most a second longer: what does not even die then is left to the next start."""
        for number, patience_s in (
            (signal.SIGINT, fast_s),
            (signal.SIGQUIT, _IMMEDIATE_SHUTDOWN_S),
        ):
            # A server that stands still hears nothing but SIGKILL.
            if patience_s <= 0 or not self.is_alive() or stands_still(self.pid):
                continue
            self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
        if self.is_alive():
            kill_server(self.pid)
            # Takes note of the death, if it died.
            self._process.poll()
        self._dismiss_watchdog()

    def _watch(self, account: ServerAccount) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", _WATCHDOG, str(self._process.pid)],
            **account.popen_identity(),
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _is_ready(self) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().split("\n")
        except (OSError, ValueError):
            return False
        # A leftover file may say "ready" too, so the number counts.
        return (
            len(lines) > _STATUS_LINE
            and lines[0] == str(self._process.pid)
            and lines[_STATUS_LINE].strip() == "ready"
        )

    def _dismiss_watchdog(self) -> None:
        """Before its pipe closes: the number that it would signal may be another process soon."""
        self._watchdog.kill()
        self._watchdog.wait()
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
