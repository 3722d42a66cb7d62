"""docs/rebalance-bot.md: its options are the bot's, and its three commands run as printed."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from hypersim.feeds.listing import load_instruments
from scripts.rebalance_bot import __main__ as program
from scripts.rebalance_bot.cli import parse, parser
from tests.support.server import ADMIN_TOKEN, running_server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rebalance-bot.md").read_text()
SERVE, DEPOSIT, BOT = re.findall(r"```\n(.*?)```", PAGE, re.S)[0].splitlines()


def test_every_option_is_on_the_page_with_its_default() -> None:
    rows = dict(re.findall(r"^\| (`--[^|]*?) *\| *([^|]*?) *\|", PAGE, re.M))
    told = {option for names in rows for option in re.findall(r"--[a-z-]+", names)}
    known = {name for action in parser()._actions for name in action.option_strings}
    assert told == {name for name in known if name.startswith("--")} - {"--help"}
    defaults = {names.strip("`"): text.strip("` ") for names, text in rows.items() if text.strip()}
    options = [part for name, text in defaults.items() for part in (name, text)]
    assert vars(parse(["--once", *options])) == vars(parse(["--once"]))


def test_qrl_is_listed_as_the_page_says() -> None:
    (entry,) = load_instruments(ROOT / "scripts" / "rebalance_bot" / "qrl.toml")
    listed = entry.instrument
    assert (listed.symbol, str(listed.tick_size), str(listed.step_size)) == (
        "QRL/USDT",
        "0.00001",
        "0.01",
    )
    assert listed.min_notional == 5


def test_without_a_key_the_bot_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rebalance_bot", "--once"])
    for venue in ("MEXC", "HYPERSIM"):
        monkeypatch.delenv(f"{venue}_API_KEY", raising=False)
    assert program.main() == 3
    assert "MEXC_API_KEY" in capsys.readouterr().err


@pytest.mark.slow
def test_the_three_commands_run_as_printed(tmp_path: Path) -> None:
    """But for the port, which others may have, and for where the bot keeps its store."""
    with running_server(*shlex.split(SERVE)[2:]) as server:
        user, asset, amount = shlex.split(DEPOSIT)[3:]
        body = {"user": user, "asset": asset, "amount": amount, "action": "deposit"}
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        httpx.post(f"{server.url}/admin/balances", json=body, headers=headers).raise_for_status()
        key, secret, _python, folder, *options = shlex.split(BOT)
        environment = dict(pair.split("=") for pair in (key, secret))
        done = subprocess.run(
            [sys.executable, ROOT / folder, *options, "--base-url", f"{server.url}/mexc"],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode in (0, 6), (done.stdout, done.stderr)
    assert '"event": "rebalance_end"' in done.stdout
    assert (tmp_path / "rebalance.sqlite").exists()
