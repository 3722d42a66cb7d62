"""A bot is told where the exchange is and who it is there, and its end is that of the command."""

import json
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hypersim.account.user import Secret
from hypersim.cli.admin_client import AdminClient, FoundToken
from hypersim.cli.run.exchange import BOT_EMAIL, bot_account
from hypersim.cli.run.guard import Guard
from hypersim.cli.run.options import Wanted
from hypersim.cli.run.session import Calm, run_bot
from tests.unit.cli.conftest import Terminal

TELLS = """
import json, os, sys
told = {name: os.environ[name] for name in os.environ if name.startswith("HYPERSIM_")}
with open(sys.argv[1], "w") as file:
    json.dump([sys.argv[2:], told], file)
sys.exit(7)
"""


def run(terminal: Terminal, *arguments: str) -> int:
    """The exit code, against the terminal's server."""
    return terminal.run("run", "--url", terminal.server.url, *arguments).exit_code


def test_a_bot_is_told_everything_it_needs(terminal: Terminal, tmp_path: Path) -> None:
    told_at = tmp_path / "told"
    arguments = ("{url}/x", "{wsUrl}", "{key}:{secret}", "{other}")
    code = run(terminal, "--", sys.executable, "-c", TELLS, str(told_at), *arguments)
    assert code == 7
    filled, told = json.loads(told_at.read_text())
    url = terminal.server.url
    key, secret = told["HYPERSIM_API_KEY"], told["HYPERSIM_API_SECRET"]
    assert filled == [f"{url}/x", url.replace("http", "ws"), f"{key}:{secret}", "{other}"]
    assert told["HYPERSIM_URL"] == url
    assert told["HYPERSIM_WS_URL"] == url.replace("http", "ws")
    assert told["HYPERSIM_ADMIN_TOKEN"] == terminal.server.token
    assert "10,000" in (shown := terminal.output("user", "show", BOT_EMAIL)) or "10000" in shown


def test_a_bot_that_runs_again_owns_what_it_is_given_and_nothing_more(terminal: Terminal) -> None:
    for amount in ("5", "8"):
        assert run(terminal, "--balance", f"usdt={amount}", "--balance", "BTC=1", "--", "true") == 0
    shown = json.loads(terminal.output("user", "show", BOT_EMAIL, "--json"))
    totals = {asset: float(has["total"]) for asset, has in shown["balances"].items()}
    assert totals == {"USDT": 8, "BTC": 1}


def test_a_bot_whose_time_is_over_is_ended_and_that_is_success(terminal: Terminal) -> None:
    assert run(terminal, "--for", "50ms", "--", "sh", "-c", "sleep 60; exit 1") == 0


def test_a_bot_that_is_not_there_is_said_so(terminal: Terminal, tmp_path: Path) -> None:
    assert run(terminal, "--", "no-such-program") == 127
    (tmp_path / "plain").write_text("")
    assert run(terminal, "--", str(tmp_path / "plain")) == 126


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--for", "4 hours", "--", "true"), "--for"),
        (("--for", "0s", "--", "true"), "--for"),
        (("--speed", "0", "--", "true"), "--speed"),
        (("--balance", "USDT", "--", "true"), "--balance"),
        (("--start", "2022-01-01T00:00:00Z", "--", "true"), "--url"),
        (("--port", "1", "--", "true"), "--url"),
        ((), "COMMAND"),
    ],
)
def test_what_cannot_be_is_refused(
    terminal: Terminal, arguments: tuple[str, ...], named: str
) -> None:
    refused = terminal.run("run", "--url", terminal.server.url, *arguments)
    assert refused.exit_code == 2
    assert named in refused.stderr


def test_a_server_that_cannot_start_with_that_is_said_so(terminal: Terminal) -> None:
    refused = terminal.run("run", "--start", "yesterday", "--", "true")
    assert refused.exit_code == 2
    assert "yesterday" in refused.stderr


def test_the_walls_clock_cannot_be_had_faster(terminal: Terminal) -> None:
    refused = terminal.run("run", "--url", terminal.server.url, "--speed", "60", "--", "true")
    assert refused.exit_code == 1
    assert "wall's clock" in refused.stderr


def test_a_bot_has_a_calm_moment_after_its_time(terminal: Terminal, tmp_path: Path) -> None:
    calm, waits = tmp_path / "calm", "while [ ! -e $0 ]; do sleep 0.01; done; exit 9"
    wanted = Wanted(["sh", "-c", waits, str(calm)], None, None, 50, {}, 0)
    found = FoundToken(Secret(terminal.server.token), "")
    with closing(AdminClient(terminal.server.url, found)) as admin, Guard() as guard:
        account = bot_account(admin, {})
        long_enough = Calm(calm.touch, 60_000)
        assert run_bot(admin, account, wanted, guard, long_enough) == 9
        calm.unlink()
        assert run_bot(admin, account, wanted, guard, Calm(lambda: None, 1)) == 0
        assert run_bot(admin, account, wanted, guard) == 0
