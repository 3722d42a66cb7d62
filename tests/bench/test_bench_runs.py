"""The bench itself runs, ends with its line of figures, and leaves nothing behind.

What it measures is never asserted: that depends on the machine.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

COMMAND = [sys.executable, "-m", "hypersim", "bench", "--quick"]
END_TIMEOUT_S = 100

pytestmark = pytest.mark.slow


def test_a_quick_run_ends_with_one_line_of_figures(tmp_path: Path) -> None:
    command = [*COMMAND, "--client", "own", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=END_TIMEOUT_S)
    assert done.returncode == 0, done.stderr
    figures = msgspec.json.decode(done.stdout.splitlines()[-1])
    assert figures["setting"]["client"] == "own"
    integrity = figures["integrity"]
    assert integrity["errors"] == 0
    # Our own client waits for every answer, so not one order may be missing or too many.
    assert integrity["acknowledged"] == integrity["recorded"] > 0
    assert figures["binance"]["orders_128"]["per_second"] > 0
    assert figures["binance"]["user_events"] > figures["binance"]["user_streams"] > 0
    assert "Bars" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    bench = subprocess.Popen(
        [*COMMAND, "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert bench.stderr is not None
    server = 0
    for line in bench.stderr:
        if match := re.search(r"server (\d+) on", line):
            server = int(match[1])
        if "orders, 1 and 16" in line:
            break
    assert server and is_running(server)
    bench.send_signal(number)
    assert "stopped" in bench.stderr.read()
    assert bench.wait(END_TIMEOUT_S) == 130
    bench.stderr.close()
    assert not is_running(server)
    assert list(tmp_path.iterdir()) == []


def test_what_is_printed_for_programs_is_the_line_alone(tmp_path: Path) -> None:
    command = [*COMMAND, "--json-only", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=END_TIMEOUT_S)
    assert done.returncode == 0, done.stderr
    assert (done.stdout.count("\n"), done.stderr) == (1, "")
    assert msgspec.json.decode(done.stdout)["setting"]["quick"] is True


def is_running(pid: int) -> bool:
    """Not gone. The bench has waited for its children, so none is a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
