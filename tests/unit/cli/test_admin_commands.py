"""The commands that talk to a running server: what they do, and how it reads at 80 columns."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hypersim.admin.token import TOKEN_FILE
from hypersim.cli import app
from tests.unit.cli.conftest import WIDTH, Terminal

EMAIL = "ann@example.com"

COMMANDS = [
    [],
    ["user"],
    ["user", "create"],
    ["user", "list"],
    ["user", "show"],
    ["user", "fees"],
    ["balance"],
    ["balance", "set"],
    ["balance", "deposit"],
    ["balance", "withdraw"],
    ["balance", "show"],
    ["key"],
    ["key", "create"],
    ["key", "list"],
    ["key", "revoke"],
    ["price"],
    ["price", "set"],
    ["market"],
    ["market", "list"],
    ["market", "add"],
    ["market", "halt"],
    ["market", "resume"],
    ["feed"],
    ["feed", "status"],
    ["status"],
    ["reset"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_within_80_columns(command: Sequence[str]) -> None:
    text = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": str(WIDTH)}).stdout
    assert "Usage:" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_created_users_key_and_secret_are_printed_unbroken(terminal: Terminal) -> None:
    lines = terminal.output("user", "create", EMAIL).splitlines()
    facts = {line[:10].strip(): line[10:].strip() for line in lines}
    assert facts["user"] == f"{EMAIL} (id 1)"
    assert (len(facts["api key"]), len(facts["api secret"])) == (64, 64)
    assert max(map(len, lines)) <= WIDTH
    assert facts["api secret"] not in terminal.output("key", "list")


def test_json_is_the_servers_answer_to_the_last_digit(terminal: Terminal) -> None:
    created = json.loads(terminal.output("user", "create", EMAIL, "--json"))
    assert {"id", "email", "apiKey", "apiSecret", "passphrase"} <= created.keys()
    amount = "12345678901234.000000000000000001"
    text = terminal.output("balance", "set", EMAIL, "USDT", amount, "--json")
    assert f'"available": {amount},' in text
    assert amount in terminal.output("user", "show", EMAIL, "--json")
    assert amount in terminal.output("balance", "show", EMAIL)


def test_the_same_email_twice_is_one_line_and_exit_code_1(terminal: Terminal) -> None:
    terminal.output("user", "create", EMAIL)
    assert EMAIL in terminal.failure("user", "create", EMAIL)


def test_balances_are_set_deposited_withdrawn_and_shown(terminal: Terminal) -> None:
    terminal.output("user", "create", EMAIL)
    assert terminal.output("balance", "set", EMAIL, "usdt", "10000") == (
        f"{EMAIL}: 10000 USDT available\n"
    )
    terminal.output("balance", "deposit", EMAIL, "BTC", "1.5", "--reference", "gift")
    assert terminal.output("balance", "withdraw", "1", "BTC", "0.25") == (
        f"{EMAIL}: 1.25 BTC available\n"
    )
    table = [line.split() for line in terminal.output("balance", "show", EMAIL).splitlines()]
    assert ["BTC", "1.25", "0", "1.25"] in table
    assert ["USDT", "10000", "0", "10000"] in table
    assert "1.25 BTC, 10000 USDT" in terminal.output("user", "list")
    (created,) = json.loads(terminal.output("user", "list", "--json"))
    assert "asOf must be between" in terminal.failure("balance", "show", EMAIL, "--as-of", "1")
    then = str(created["timestamp"])
    assert "available" in terminal.output("balance", "show", EMAIL, "--as-of", then)
    assert "plain decimal" in terminal.failure("balance", "set", EMAIL, "USDT", "1e3")
    assert "available 1.25" in terminal.failure("balance", "withdraw", EMAIL, "BTC", "2")


def test_fee_rates_are_given_together_or_taken_back(terminal: Terminal) -> None:
    terminal.output("user", "create", EMAIL)
    shown = terminal.output("user", "fees", EMAIL, "--maker", "0", "--taker", "0.0002")
    assert "maker 0, taker 0.0002" in shown
    assert "those of the instruments" in terminal.output("user", "fees", EMAIL, "--default")
    for wrong in ([], ["--maker", "0"], ["--default", "--maker", "0", "--taker", "0"]):
        assert terminal.run("user", "fees", EMAIL, *wrong).exit_code == 2


def test_keys_are_created_listed_and_revoked(terminal: Terminal) -> None:
    terminal.output("user", "create", EMAIL, "--no-key")
    fixed = ("--api-key", "bot", "--api-secret", "s3cret", "--passphrase", "open")
    created = terminal.output(
        "key", "create", EMAIL, "--label", "bot", "--read-only", "--allow-ip", "10.0.0.0/8", *fixed
    )
    assert "s3cret" in created
    listed = terminal.output("key", "list", EMAIL)
    assert "10.0.0.0/8" in listed
    assert "s3cret" not in listed
    assert terminal.output("key", "revoke", "bot") == f"revoked bot of {EMAIL}\n"
    assert "revoked" in terminal.output("key", "list", EMAIL)
    assert "API key" in terminal.failure("key", "revoke", "bot")


def test_prices_are_set_and_shown_with_their_age(terminal: Terminal) -> None:
    assert terminal.output("price", "set", "BTC/USDT", "50000") == (
        "BTC/USDT: last 50000, bid 49999.99, ask 50000.01\n"
    )
    shown = terminal.output("price", "set", "BTCUSDT", "100", "--bid", "99", "--ask", "101")
    assert shown == "BTC/USDT: last 100, bid 99, ask 101\n"
    status = terminal.output("feed", "status")
    row = next(line.split() for line in status.splitlines() if line.startswith("BTC/USDT"))
    assert (row[1:4], row[-1]) == (["99", "101", "100"], "fresh")
    assert "no price yet" in status
    assert max(map(len, status.splitlines())) <= WIDTH
    assert "multiple of 0.01" in terminal.failure("price", "set", "BTCUSDT", "0.011")


def test_markets_are_listed_added_halted_and_resumed(terminal: Terminal) -> None:
    options = ("--tick-size", "0.5", "--fee-model", "quote")
    added = terminal.output("market", "add", "FOO/USDT", *options)
    assert '"feeModel": "quote"' in terminal.output("market", "add", "FOO/USDT", "--json")
    assert "FOO/USDT" in added
    assert terminal.output("market", "halt", "FOO/USDT") == "FOO/USDT: halted\n"
    listed = terminal.output("market", "list")
    row = next(line.split() for line in listed.splitlines() if line.startswith("FOO/USDT"))
    assert row == ["FOO/USDT", "halted", "0.5", "0.00001", "5", "0.001", "0.001"]
    assert max(map(len, listed.splitlines())) <= WIDTH
    assert terminal.output("market", "resume", "FOOUSDT") == "FOO/USDT: trading\n"
    assert "NO/SUCH" in terminal.failure("market", "halt", "NO/SUCH")


def test_a_reset_wants_to_be_confirmed(terminal: Terminal) -> None:
    terminal.output("user", "create", EMAIL)
    assert "--yes" in terminal.failure("reset")
    assert ["users", "1"] in [line.split() for line in terminal.output("status").splitlines()]
    terminal.output("reset", "--yes")
    assert json.loads(terminal.output("user", "list", "--json")) == []


def test_without_a_server_the_line_says_how_to_start_one(terminal: Terminal) -> None:
    line = terminal.failure("user", "list", "--url", "http://127.0.0.1:1")
    assert line == "hypersim: no hypersim at http://127.0.0.1:1; start it with `hypersim serve`"


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_a_url_that_cannot_be_is_one_line(terminal: Terminal, url: str) -> None:
    assert url in terminal.failure("status", "--url", url)


def test_a_wrong_token_is_named_and_not_shown(terminal: Terminal) -> None:
    line = terminal.failure("status", "--token", "guess")
    assert "token" in line
    assert "guess" not in line


def test_the_token_is_read_from_the_data_directory(terminal: Terminal, tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    line = terminal.failure("status", *where, HYPERSIM_ADMIN_TOKEN="")
    assert str(tmp_path / TOKEN_FILE) in line
    (tmp_path / TOKEN_FILE).write_text(terminal.server.token + "\n")
    assert terminal.run("status", *where, HYPERSIM_ADMIN_TOKEN="").exit_code == 0


def test_a_data_directory_that_is_named_wins_over_a_token_in_the_environment(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / TOKEN_FILE).write_text(terminal.server.token + "\n")
    where = ("--data-dir", str(tmp_path))
    other = {"HYPERSIM_ADMIN_TOKEN": "of-another-server"}
    assert terminal.run("status", *where, **other).exit_code == 0
    assert terminal.run("user", "list", *where, **other).exit_code == 0
    line = terminal.failure("status", HYPERSIM_DATA_DIR=str(tmp_path), **other)
    assert "token of HYPERSIM_ADMIN_TOKEN" in line
    assert "token of --token" in terminal.failure("status", *where, "--token", "given", **other)


def test_where_the_token_was_looked_for_is_said(terminal: Terminal, tmp_path: Path) -> None:
    def failure(folder: Path) -> str:
        return terminal.failure("status", "--data-dir", str(folder), HYPERSIM_ADMIN_TOKEN="")

    assert f"there is no directory {tmp_path}/nowhere" in failure(tmp_path / "nowhere")
    path = tmp_path / TOKEN_FILE
    assert f"there is no {path}" in failure(tmp_path)
    path.touch()
    assert f"{path} is empty" in failure(tmp_path)
    path.write_text("another-token")
    line = failure(tmp_path)
    assert f"does not know the admin token in {path}" in line
    assert "--data-dir" in line
    assert "another-token" not in line


def test_every_client_command_takes_the_data_directory_as_serve_does() -> None:
    found = dict(_leaves("", typer.main.get_command(app)))
    assert len(found) > 15
    without = [name for name, options in found.items() if "--data-dir" not in options]
    # These read a file, or start a server of their own, and ask no running one.
    assert without == ["drive", "bench", "scenario check", "scenario schema"]


def _leaves(name: str, command: Any) -> Iterator[tuple[str, set[str]]]:
    """Each command with its options."""
    if not hasattr(command, "commands"):
        yield name, {option for parameter in command.params for option in parameter.opts}
        return
    context = command.context_class(command)
    for part in command.list_commands(context):
        yield from _leaves(f"{name} {part}".strip(), command.get_command(context, part))
