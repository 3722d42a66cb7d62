"""A program with a lent clock lives in the exchange's time, whatever it waits with."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hypersim.cli.run.bot import Bot
from hypersim.cli.run.guard import Guard
from hypersim.cli.run.lent_clock import (
    LentClock,
    left_behind,
    preload_library,
)
from hypersim.settings import environment_of_children
from tests.support.faketime import why_no_clock

SPEED = 60
BEGIN_MS = 1_640_995_200_000
WITHIN_S = 2.0
"""Of the exchange's time."""

WAIT_S = 20.0

WHY = why_no_clock()
LIBRARY = None if WHY else preload_library()

pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is a clock")

IMPORTS = "import asyncio, queue, socket, sys, threading, time\n"
NAPS = {
    "queue": "try: queue.Queue().get(timeout=30)\nexcept queue.Empty: pass",
    "event": "threading.Event().wait(30)",
    "timer": "e = threading.Event(); threading.Timer(30, e.set).start(); e.wait()",
    "lock": "k = threading.Lock(); k.acquire(); k.acquire(timeout=30)",
    "condition": "c = threading.Condition()\nwith c: c.wait(30)",
    "sleep": "time.sleep(30)",
    "asyncio": "asyncio.run(asyncio.sleep(30))",
    "socket": (
        "s = socket.create_server(('127.0.0.1', 0)); s.settimeout(30)\n"
        "try: s.accept()\nexcept TimeoutError: pass"
    ),
    "uvloop": "uvloop.run(asyncio.sleep(30))",
}
LONGEST_S = 60.0
"""Of the exchange's time: a machine that is busy for half a second has lost 30 s."""

NODE = """
const fs = require("fs"), began = Date.now();
setTimeout(() => fs.writeFileSync(process.argv[1], `${(Date.now() - began) / 1000}`), 30000);
"""


def lent(speed: float = SPEED) -> LentClock:
    """A clock that says BEGIN_MS now."""
    assert LIBRARY is not None
    return LentClock(speed, time.monotonic_ns(), BEGIN_MS, LIBRARY)


def outcome(command: list[str], clock: LentClock) -> int | None:
    """The exit status; nothing is left of it then."""
    with Guard() as guard:
        bot = Bot(command, environment_of_children(is_whole=True), clock, guard)
        try:
            return bot.wait(WAIT_S)
        finally:
            bot.clear()


def exchange_s(clock: LentClock, moment_ns: int) -> float:
    """The exchange's time at a moment of the machine's monotonic clock."""
    return clock.exchange_ms / 1000 + (moment_ns - clock.monotonic_ns) / 1e9 * clock.speed


@pytest.mark.parametrize("speed", [1, 7.5, 60])
def test_all_that_a_program_starts_has_the_same_time(tmp_path: Path, speed: float) -> None:
    seen = tmp_path / "seen"
    script = f"sleep {speed / 4}; sh -c 'date +%s.%N >{seen}'"
    clock = lent(speed)
    began_ns = time.monotonic_ns()
    assert outcome(["sh", "-c", script], clock) == 0
    said = float(seen.read_text())
    slept_ns = int(0.25e9)
    assert said >= exchange_s(clock, began_ns + slept_ns) - WITHIN_S
    assert said <= exchange_s(clock, time.monotonic_ns()) + WITHIN_S


@pytest.mark.parametrize("way", NAPS)
def test_a_nap_takes_as_long_as_it_says(tmp_path: Path, way: str) -> None:
    if way == "uvloop":
        pytest.importorskip("uvloop")
    took = tmp_path / "took"
    imports = IMPORTS + ("import uvloop\n" if way == "uvloop" else "")
    program = f"{imports}began = time.time()\n{NAPS[way]}\nt = time.time() - began\n"
    program += "open(sys.argv[1], 'w').write(str(t))"
    assert outcome([sys.executable, "-c", program, str(took)], lent()) == 0
    assert 29.9 <= float(took.read_text()) <= LONGEST_S


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_node_lives_in_that_time_too(tmp_path: Path) -> None:
    took = tmp_path / "took"
    assert outcome(["node", "-e", NODE, str(took)], lent()) == 0
    assert 29.9 <= float(took.read_text()) <= LONGEST_S


def test_a_program_hears_the_signals_that_end_it(tmp_path: Path) -> None:
    ready, heard = tmp_path / "ready", tmp_path / "heard"
    script = f"trap 'echo yes >{heard}; exit 0' TERM; echo >{ready}; while :; do sleep 1; done"
    with Guard() as guard:
        bot = Bot(["sh", "-c", script], environment_of_children(is_whole=True), lent(), guard)
        _until(ready.exists)
        bot.end()
    assert heard.read_text() == "yes\n"


def test_how_a_program_ended_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    for script, status in (("exit 7", 7), ("kill -KILL $$", 137), ("kill -TERM $$", 143)):
        assert outcome(["sh", "-c", f"echo wrong >&2; {script}"], lent()) == status
        assert capfd.readouterr().err == "wrong\n"


def test_nothing_is_left_of_a_program_not_even_of_one_that_was_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with Guard() as guard:
        command = ["sh", "-c", f"echo >{ready}; sleep 600"]
        bot = Bot(command, environment_of_children(is_whole=True), lent(), guard)
        shared = left_behind(bot.pid)
        _until(ready.exists)
        assert all(path.exists() for path in shared)
        bot.send(signal.SIGKILL)
        assert bot.wait(WAIT_S) == 128 + signal.SIGKILL
        bot.clear()
    assert not any(path.exists() for path in shared)


KILLED = """
import os, signal, sys, time
from pathlib import Path
from hypersim.cli.run.bot import Bot
from hypersim.cli.run.guard import Guard
from hypersim.cli.run.lent_clock import LentClock
from hypersim.settings import environment_of_children
clock = LentClock(60, time.monotonic_ns(), 1640995200000, Path(sys.argv[1]))
with Guard() as guard:
    guard.ends_server(int(sys.argv[2]))
    bot = Bot(["sleep", "6000"], environment_of_children(is_whole=True), clock, guard)
    print(bot.pid, flush=True)
    while not all(path.exists() for path in bot.shared): time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_left_where_the_command_itself_is_killed() -> None:
    with subprocess.Popen(["sleep", "600"]) as server:
        command = [sys.executable, "-c", KILLED, str(LIBRARY), str(server.pid)]
        killed = subprocess.run(command, capture_output=True, text=True, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert server.wait(WAIT_S) == -signal.SIGTERM
    shared = left_behind(int(killed.stdout))
    _until(lambda: not any(path.exists() for path in shared))


def _until(is_so: object) -> None:
    deadline = time.monotonic() + WAIT_S
    assert callable(is_so)
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
