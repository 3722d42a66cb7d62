"""The README's Python runs as printed, against a server started as it says."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hypersim.settings import Settings
from tests.support.server import ServerProcess, running_server

ROOT = Path(__file__).parents[2]
PORT = 8080
SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def test_there_is_a_snippet_for_each_way_in() -> None:
    marks = ("ccxt.hypersim(", "urllib.request", "ccxt.binance(")
    assert [[mark in snippet for mark in marks].index(True) for snippet in SNIPPETS] == [0, 1, 2]


def test_the_snippets_run_as_printed() -> None:
    # One test, as there is one port: tests run side by side.
    if is_taken(PORT):
        pytest.skip(f"port {PORT}, which the README names, is taken on this machine")
    with running_server("--feed", "synthetic", "--demo", "--port", str(PORT)) as server:
        for snippet in SNIPPETS:
            assert_runs(snippet, server)


def assert_runs(snippet: str, server: ServerProcess) -> None:
    done = subprocess.run(
        [sys.executable, "-c", snippet], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, (done.stderr, server.output)
    assert done.stdout.strip(), "the snippet shows nothing"


def test_every_setting_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    missing = [
        name
        for name in Settings.__struct_fields__
        if not {f"--{name.replace('_', '-')}", f"HYPERSIM_{name.upper()}", name.upper(), name}
        & set(re.findall(r"[\w-]+", text))
    ]
    assert not missing, f"README.md says nothing of {', '.join(missing)}"
