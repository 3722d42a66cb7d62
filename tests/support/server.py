"""A real server in a child process, as a user starts it, and what it printed."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypersim.storage.connection import ConnectionSettings
from tests.support.forked import ForkedProgram
from tests.support.postgres import shared_postgres, url_of

READY = re.compile(r"hypersim ready on (http://\S+)")
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
ADMIN_TOKEN = "admin-token-of-the-tests"

REAL_PROGRAM = ("hypersim",)
PROGRAM: tuple[str, ...] = () if sys.platform == "linux" else REAL_PROGRAM
"""What is run with `python -m`; where that is nothing, servers are forked. A plugin that moves the
clock puts another program here."""

DEMO_KEY = "test_key_123"
DEMO_SECRET = "test_secret_456"


class ServerProcess:
    """`python -m hypersim serve …` on a free port.

    Without a `data_dir` it keeps its record in a new database of the PostgreSQL that tests share,
    until it ends. In an empty `data_dir` it finds a database that is made already, unless nobody
    waits for its start."""

    def __init__(self, *arguments: str, data_dir: Path | None = None) -> None:
        where = ("--data-dir", str(data_dir)) if data_dir else ("--ephemeral",)
        self._data_dir = data_dir
        self._is_embedded = data_dir is not None and "--database-url" not in arguments
        self._database: ConnectionSettings | None = None
        self.arguments = ["serve", *where, *arguments]
        if "--port" not in arguments:
            self.arguments += ["--port", "0"]
        self.lines: list[str] = []
        self.url = ""

    def start(self) -> "ServerProcess":
        """Return once it is ready; raises AssertionError with its output if it never is."""
        if self._data_dir is not None and self._is_embedded and not self._data_dir.exists():
            shared_postgres.lay_ready_data(self._data_dir)
        if not self.begin().gets_ready():
            self.kill()
            raise AssertionError(f"the server did not start:\n{self.output}")
        return self

    def gets_ready(self) -> bool:
        """Whether it does, once it is known: it did, has ended, or took too long."""
        return self._ready.wait(START_TIMEOUT_S) and bool(self.url)

    def begin(self) -> "ServerProcess":
        """Return at once."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HYPERSIM_", "DB_")) and name not in ("PORT", "DATABASE_URL")
        }
        environment["HYPERSIM_ADMIN_TOKEN"] = ADMIN_TOKEN
        # Without a process more for each server, unless that is what a test is about.
        environment["HYPERSIM_PROJECTOR"] = "task"
        if self._data_dir is None:
            self._database = shared_postgres.create()
            environment["DATABASE_URL"] = url_of(self._database)
        self.process = self.launch(environment)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._ready = threading.Event()
        self._reader.start()
        return self

    def launch(self, environment: dict[str, str]) -> ForkedProgram | subprocess.Popen[str]:
        """The process."""
        if not PROGRAM:
            return ForkedProgram(self.arguments, environment)
        command = [sys.executable, "-m", *PROGRAM, *self.arguments]
        return in_an_interpreter_of_its_own(command, environment)

    @property
    def output(self) -> str:
        """Everything that it printed so far."""
        return "\n".join(self.lines)

    @property
    def websocket_url(self) -> str:
        """ws://…"""
        return self.url.replace("http", "ws", 1)

    def stop(self) -> int:
        """SIGTERM, as an operator does; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """The exit code, once it has ended by itself."""
        try:
            code = self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop:\n{self.output}") from None
        self._close()
        return code

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        if self._database is not None:
            shared_postgres.drop(self._database)
            self._database = None

    def wait_for_line(self, pattern: str, timeout_s: float = 30) -> str:
        """The first printed line that contains a match of `pattern`."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for line in list(self.lines):
                if re.search(pattern, line):
                    return line
            time.sleep(0.01)
        raise AssertionError(f"no line matches {pattern!r} in:\n{self.output}")

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                self.lines.append(line.rstrip("\n"))
                if match := READY.search(line):
                    self.url = match[1]
                    self._ready.set()
        self._ready.set()


def in_an_interpreter_of_its_own(
    command: Sequence[str], environment: dict[str, str]
) -> subprocess.Popen[str]:
    """A process that nothing else has to do with."""
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


@contextlib.contextmanager
def running_server(*arguments: str, data_dir: Path | None = None) -> Iterator[ServerProcess]:
    """A server for the length of a block."""
    server = ServerProcess(*arguments, data_dir=data_dir).start()
    try:
        yield server
    finally:
        server.stop()
