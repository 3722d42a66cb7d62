"""One walk through the commands against a real server with its database."""

import json
from collections.abc import Iterator

import httpx
import pytest
from typer.testing import CliRunner

from hypersim.cli import app
from tests.support.native_client import NativeClient
from tests.support.server import ADMIN_TOKEN, ServerProcess, running_server

EMAIL = "ann@example.com"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Prices by hand, and the demo user."""
    with running_server("--feed", "manual", "--demo") as running:
        yield running


def hypersim(server: ServerProcess, *arguments: str) -> str:
    """What a command that must succeed printed."""
    environment = {"HYPERSIM_URL": server.url, "HYPERSIM_ADMIN_TOKEN": ADMIN_TOKEN}
    result = CliRunner().invoke(app, arguments, env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_user_is_created_funded_filled_and_reset_away(server: ServerProcess) -> None:
    created = json.loads(hypersim(server, "user", "create", EMAIL, "--json"))
    hypersim(server, "balance", "set", EMAIL, "USDT", "100000")
    hypersim(server, "price", "set", "BTC/USDT", "50000")
    with NativeClient(server.url, created["apiKey"], created["apiSecret"]) as bot:
        bought = bot.order("buy", "1").json()
        assert (bought["status"], bought["average"]) == ("filled", 50_000)
        resting = bot.order("buy", "0.5", "49000").json()
        assert resting["status"] == "open"
        hypersim(server, "price", "set", "BTC/USDT", "48999")
        assert bot.get(f"/v1/order/{resting['id']}").json()["status"] == "filled"
        hypersim(server, "key", "revoke", created["apiKey"])
        assert bot.get("/v1/balance").status_code == 401
    metrics = httpx.get(f"{server.url}/metrics", trust_env=False).text
    fills = next(line for line in metrics.splitlines() if line.startswith("hypersim_fills_total"))
    assert float(fills.split()[1]) >= 2
    hypersim(server, "reset", "--yes")
    users = json.loads(hypersim(server, "user", "list", "--json"))
    assert [user["email"] for user in users] == ["test@example.com"]
    with NativeClient(server.url) as demo:
        assert demo.balance("USDT") == (10_000, 0)


def test_a_market_is_added_priced_and_halted(server: ServerProcess) -> None:
    hypersim(server, "market", "add", "FOO/USDT", "--tick-size", "0.5", "--step-size", "1")
    hypersim(server, "price", "set", "FOO/USDT", "2.5")
    with NativeClient(server.url) as demo:
        assert demo.order("buy", "4", symbol="FOO/USDT").json()["cost"] == 10
        hypersim(server, "market", "halt", "FOO/USDT")
        refused = demo.order("buy", "4", symbol="FOO/USDT").json()
        assert refused["error"]["code"] == "MARKET_HALTED"
        hypersim(server, "market", "resume", "FOO/USDT")
        assert demo.order("sell", "3", symbol="FOO/USDT").json()["status"] == "filled"
