"""The two bots of examples/bots under the nightmare: one passes, one fails; and a bot that does
something else than it did."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hypersim.settings import environment_of_children
from tests.support.faketime import why_no_clock

WHY = why_no_clock()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(WHY), reason=WHY or "there is a clock"),
]

BOTS = Path(__file__).parents[4] / "examples" / "bots"
LINES_MAX = 80
TIMEOUT_S = 240


def driven(
    tmp_path: Path, bot: str, orders: int, *options: str
) -> subprocess.CompletedProcess[str]:
    """`hypersim drive` with that bot, as docs/driving-test.md tells."""
    junit = ("--junit", str(tmp_path / "report.xml"))
    command = [sys.executable, "-m", "hypersim", "drive", "--speed", "60", *junit, *options]
    return subprocess.run(
        [*command, "--", sys.executable, str(BOTS / bot), str(orders)],
        env=environment_of_children(is_whole=True),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_the_careful_bot_passes(tmp_path: Path) -> None:
    passed = driven(tmp_path, "careful.py", 40)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert passed.stdout.count("closed\n") > 20
    assert passed.stdout.splitlines()[-1] == "drive: passed"


def test_the_hasty_bot_fails_and_a_fault_is_to_blame(tmp_path: Path) -> None:
    failed = driven(tmp_path, "hasty.py", 40)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "double_submit" in failed.stdout.splitlines()[-1]
    report = ElementTree.parse(tmp_path / "report.xml")
    assert report.find(".//testcase[@name='double_submit']/failure") is not None


def test_what_fails_is_shrunk_to_the_fault_that_it_takes(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(
        """[{"match": {"endpoint": "GET *"}, "do": {"delayMs": 5}},
            {"match": {"endpoint": "POST *", "nth": 2}, "do": {"dropAfter": true}}]"""
    )
    options = ("--seeds", "3-4", "--faults", str(faults))
    failed = driven(tmp_path, "hasty.py", 5, *options)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "seed 3: failed: double_submit" in failed.stdout
    assert "dropAfter" in (kept := (tmp_path / "faults-of-seed-3.json").read_text())
    assert "delayMs" not in kept


ASKS = """
import sys, urllib.request
for limit in sys.argv[2:]:
    urllib.request.urlopen(f"{sys.argv[1]}/api/v3/depth?symbol=BTCUSDT&limit={limit}").read()
"""


def test_a_bot_is_compared_with_what_it_did_before(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("[]")
    options = ("--faults", "none.json", "--golden", "golden.txt", "--har", "sent.har")

    def asks(*limits: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hypersim", "drive", *options, "--"]
        bot = [sys.executable, "-c", ASKS, "{url}", *limits]
        return subprocess.run(
            [*command, *bot], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    first, same, other = asks("5", "10"), asks("5", "10"), asks("5", "20")
    assert [one.returncode for one in (first, same, other)] == [0, 0, 1], other.stdout
    kept = (tmp_path / "golden.txt").read_text().splitlines()
    assert kept == [f"GET /api/v3/depth limit={limit} symbol=BTCUSDT" for limit in (5, 10)]
    assert "line 2 differs" in other.stdout
    sent = json.loads((tmp_path / "sent.har").read_text())["log"]["entries"]
    assert [entry["request"]["method"] for entry in sent] == ["GET", "GET"]


def test_the_examples_are_short() -> None:
    for bot in BOTS.glob("*.py"):
        assert len(bot.read_text().splitlines()) < LINES_MAX, bot.name
