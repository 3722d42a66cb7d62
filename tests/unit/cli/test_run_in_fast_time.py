"""`hypersim run` against real servers that run at sixty times the wall's speed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hypersim.cli.run.lent_clock import SHARED_MEMORY
from hypersim.settings import environment_of_children
from tests.support.faketime import why_no_clock
from tests.support.server import ADMIN_TOKEN, ServerProcess

WHY = why_no_clock()

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(WHY), reason=WHY or "there is a clock")]

WITHIN_MS = 2_000
TIMEOUT_S = 120

SEES = """
import json, os, sys, time, urllib.request
url = os.environ["HYPERSIM_URL"] + "/api/v3/time"
seen = []
for _ in range(5):
    before = time.time()
    exchange = json.load(urllib.request.urlopen(url))["serverTime"]
    after = time.time()
    seen.append((after - before, exchange - (before + after) * 500))
print(min(seen)[1])
"""

STAMPS = """
import hashlib, hmac, os, time, urllib.request
query = f"timestamp={int(time.time() * 1000)}"
secret = os.environ["HYPERSIM_API_SECRET"].encode()
signed = query + "&signature=" + hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
url = os.environ["HYPERSIM_URL"] + "/api/v3/account?" + signed
headers = {"X-MBX-APIKEY": os.environ["HYPERSIM_API_KEY"]}
print(urllib.request.urlopen(urllib.request.Request(url, headers=headers)).status)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """At sixty times the wall's speed."""
    fast = ServerProcess("--feed", "synthetic", "--speed", "60").start()
    yield fast
    fast.stop()


def command(server: ServerProcess, *arguments: str) -> list[str]:
    """`hypersim run` against it."""
    given = ("--url", server.url, "--token", ADMIN_TOKEN)
    return [sys.executable, "-m", "hypersim", "run", *given, *arguments]


def run(server: ServerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What that ended with."""
    return subprocess.run(
        command(server, *arguments),
        env=environment_of_children(is_whole=True),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_a_bot_that_begins_after_a_minute_has_the_exchanges_time(server: ServerProcess) -> None:
    seen = run(server, "--", "sh", "-c", f"sleep 60; {sys.executable} -c '{SEES}'")
    assert seen.returncode == 0, seen.stderr
    assert abs(float(seen.stdout)) <= WITHIN_MS


def test_a_bot_with_the_clock_signs_and_is_let_in(server: ServerProcess) -> None:
    signed = run(server, "--", sys.executable, "-c", STAMPS)
    assert (signed.returncode, signed.stdout, signed.stderr) == (0, "200\n", "")


def test_a_bot_that_does_not_see_the_clock_is_told_of(server: ServerProcess) -> None:
    bare = ("env", "-u", "LD_PRELOAD", sys.executable, "-c", STAMPS)
    signed = run(server, "--", *bare)
    assert signed.returncode == 0
    assert "it sees another clock" in signed.stderr
    assert server.wait_for_line("stamps by another clock")


def test_the_clock_goes_on_as_it_went_while_a_bot_has_it(server: ServerProcess) -> None:
    begun = subprocess.Popen(command(server, "--", "sh", "-c", "echo on; sleep 6000"), stdout=-1)
    assert begun.stdout is not None
    assert begun.stdout.readline() == b"on\n"
    speed = [sys.executable, "-m", "hypersim", "clock", "speed", "2", "--url", server.url]
    changed = subprocess.run(
        [*speed, "--token", ADMIN_TOKEN], capture_output=True, text=True, check=False
    )
    assert changed.returncode == 1
    assert "copy of this clock" in changed.stderr
    begun.send_signal(signal.SIGTERM)
    assert begun.wait(TIMEOUT_S) == 128 + signal.SIGTERM
    begun.stdout.close()


def test_its_own_server_runs_for_so_long_and_leaves_nothing(tmp_path: Path) -> None:
    told = tmp_path / "told"
    tells = f"import json, os; json.dump(dict(os.environ), open({str(told)!r}, 'w'))"
    script = f'{sys.executable} -c "{tells}"; sleep 100000; exit 1'
    before = set(os.listdir(SHARED_MEMORY))
    began_s = time.monotonic()
    options = ("--speed", "60", "--for", "2m", "--start", "2022-01-01T00:00:00Z")
    ended = subprocess.run(
        [sys.executable, "-m", "hypersim", "run", *options, "--", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert time.monotonic() - began_s >= 2
    assert json.loads(told.read_text())["HYPERSIM_URL"].startswith("http://127.0.0.1:")
    left = {name for name in set(os.listdir(SHARED_MEMORY)) - before if "faketime" in name}
    assert not left
