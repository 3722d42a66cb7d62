"""scripts/seed_balances.py: users and balances from a file, as often as one likes."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from scripts.seed_balances import BadFile, read_wishes, seed
from tests.support.memory_server import MemoryServer, memory_server

ROOT = Path(__file__).parents[3]
APP = typer.Typer()
APP.command()(seed)

CSV = """\
email,asset,amount
ann@example.com,USDT,10000
ann@example.com,BTC,0.5

Bob@example.com,,
"""

TOML = """\
[[user]]
email = "ann@example.com"
balances = { USDT = 10000, BTC = 0.5 }

[[user]]
email = "bob@example.com"
"""


@pytest.fixture
def server() -> Iterator[MemoryServer]:
    """A fresh exchange."""
    with memory_server() as running:
        yield running


def run(server: MemoryServer, file: Path, *arguments: str, url: str | None = None) -> Result:
    """The script's work."""
    where = ("--url", url or server.url, "--token", server.token)
    return CliRunner().invoke(APP, [str(file), *where, *arguments], env={"COLUMNS": "80"})


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    program = [sys.executable, str(ROOT / "scripts/seed_balances.py"), str(tmp_path / "none.csv")]
    done = subprocess.run(
        program,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("seed_balances: ")


def balances(server: MemoryServer) -> dict[str, dict[str, float]]:
    """What is available, by email and asset."""
    headers = {"Authorization": f"Bearer {server.token}"}
    users = httpx.get(f"{server.url}/admin/users", headers=headers, trust_env=False).json()
    return {
        user["email"]: {asset: held["available"] for asset, held in user["balances"].items()}
        for user in users
    }


@pytest.mark.parametrize(
    ("name", "text"), [("seed.csv", CSV), ("seed.toml", TOML)], ids=["csv", "toml"]
)
def test_a_second_run_changes_nothing_and_says_so(
    server: MemoryServer, tmp_path: Path, name: str, text: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    first = run(server, file)
    assert first.exit_code == 0, first.stderr
    assert "ann@example.com: created, USDT set to 10000, BTC set to 0.5" in first.stdout
    assert first.stdout.count("apiSecret") == 2
    wanted = {"ann@example.com": {"USDT": 10_000, "BTC": 0.5}, "bob@example.com": {}}
    assert balances(server) == wanted
    second = run(server, file)
    assert second.exit_code == 0, second.stderr
    assert second.stdout.splitlines() == [
        "ann@example.com: exists, balances as they should be",
        "bob@example.com: exists, balances as they should be",
    ]
    assert balances(server) == wanted


def test_json_has_the_keys_of_new_users_only(server: MemoryServer, tmp_path: Path) -> None:
    file = tmp_path / "seed.csv"
    file.write_text(CSV)
    first = json.loads(run(server, file, "--json").stdout)["users"]
    assert [user["created"] for user in first] == [True, True]
    assert len(first[0]["apiSecret"]) == 64
    file.write_text(CSV + "cat@example.com,BTC,1\nann@example.com,ETH,2\n")
    second = json.loads(run(server, file, "--json").stdout)["users"]
    assert [(user["created"], user["changed"]) for user in second] == [
        (False, ["ETH"]),
        (False, []),
        (True, ["BTC"]),
    ]
    assert "apiSecret" not in second[0]


def test_keys_go_into_a_file_for_the_owner_alone_and_stay_there(
    server: MemoryServer, tmp_path: Path
) -> None:
    file, out = tmp_path / "seed.csv", tmp_path / "keys.json"
    file.write_text(CSV)
    first = run(server, file, "--out", str(out))
    kept = json.loads(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert kept.keys() == {"ann@example.com", "bob@example.com"}
    assert kept["ann@example.com"]["apiSecret"] not in first.stdout
    file.write_text(CSV + "cat@example.com,,\n")
    assert run(server, file, "--out", str(out)).exit_code == 0
    later = json.loads(out.read_text())
    assert later.keys() == {"ann@example.com", "bob@example.com", "cat@example.com"}
    assert later["ann@example.com"] == kept["ann@example.com"]


def test_keys_that_cannot_be_kept_are_not_made(server: MemoryServer, tmp_path: Path) -> None:
    file, out = tmp_path / "seed.csv", tmp_path / "keys.json"
    file.write_text(CSV)
    out.write_text("my diary")
    for place in (out, tmp_path / "no" / "such" / "keys.json"):
        result = run(server, file, "--out", str(place))
        assert result.exit_code == 1
        assert str(place) in result.stderr
    assert out.read_text() == "my diary"
    assert balances(server) == {}


@pytest.mark.parametrize(
    ("name", "text", "line", "problem"),
    [
        ("a.csv", "", 1, "columns"),
        ("a.csv", "email,amount\n", 1, "columns"),
        ("a.csv", CSV + "cat@example.com,BTC\n", 6, "3 cells"),
        ("a.csv", CSV + "cat,BTC,1\n", 6, "email"),
        ("a.csv", CSV + "cat@example.com,btc,1\n", 6, "capital"),
        ("a.csv", CSV + "cat@example.com,BTC,\n", 6, "plain decimal"),
        ("a.csv", CSV + "cat@example.com,,1\n", 6, "asset"),
        ("a.csv", CSV + "cat@example.com,BTC,1e3\n", 6, "plain decimal"),
        ("a.csv", CSV + "cat@example.com,BTC,-1\n", 6, "plain decimal"),
        ("a.csv", CSV + "cat@example.com,BTC,NaN\n", 6, "plain decimal"),
        ("a.csv", CSV + "ANN@example.com,BTC,1\n", 6, "twice"),
        ("a.csv", CSV + '"\n', 6, ""),
        ("a.toml", "[[user]\n", None, "line 1"),
        ("a.toml", "x = 1\n", 1, "[[user]]"),
        ("a.toml", TOML + "name = 'Bob'\n", 5, "nothing else"),
        ("a.toml", TOML + "balances = 7\n", 5, "table"),
        ("a.toml", TOML + "[user.balances]\nETH = 1\nBTC = 1e3\n", 9, "plain decimal"),
        ("a.toml", TOML + "[user.balances]\nETH = inf\n", 8, "plain decimal"),
        ("a.toml", TOML + "[user.balances]\nETH = true\n", 8, "number"),
        ("a.toml", TOML + "[user.balances]\nETH = -1\n", 8, "plain decimal"),
        ("a.toml", TOML + "[[user]]\n", 7, "email"),
        ("a.json", "{}", None, "expected a .csv or a .toml"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, line: int | None, problem: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(BadFile) as raised:
        read_wishes(file)
    message = str(raised.value)
    assert message.startswith(f"{file}:{line if line else ''}")
    assert problem in message
    assert "\n" not in message


def test_a_wrong_last_line_is_found_before_anything_happens(
    server: MemoryServer, tmp_path: Path
) -> None:
    file = tmp_path / "seed.csv"
    file.write_text(CSV + "cat@example.com,BTC,1e3\n")
    result = run(server, file)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"seed_balances: {file}:6: ")
    assert (result.stdout, balances(server)) == ("", {})


def test_a_missing_file_and_a_missing_server_are_one_line_each(
    server: MemoryServer, tmp_path: Path
) -> None:
    result = run(server, tmp_path / "none.csv")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    file = tmp_path / "seed.csv"
    file.write_text(CSV)
    result = run(server, file, url="http://127.0.0.1:1")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no hypersim at" in result.stderr
    assert not result.stdout
