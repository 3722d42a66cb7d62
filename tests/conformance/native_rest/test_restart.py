"""A server that was started again answers as the one before it did."""

from pathlib import Path
from typing import Any

from tests.support.native_account import Account, exact, new_account
from tests.support.native_client import AdminClient, NativeClient
from tests.support.recordings import T0, saved, trade
from tests.support.server import ServerProcess, running_server

OPTIONS = ("--feed", "manual", "--demo", "--rate-limits", "off")


def test_every_answer_is_the_same_after_a_restart(tmp_path: Path) -> None:
    with running_server(*OPTIONS, data_dir=tmp_path / "data") as server:
        with AdminClient(server.url) as admin, new_account(server.url, USDT="10000") as account:
            trade_a_little(admin, account)
            before = picture(account)
        first_demo = demo_account(server)
        credentials = account.client.key, account.client.secret
        assert server.stop() == 0
    with (
        running_server(*OPTIONS, data_dir=tmp_path / "data") as server,
        NativeClient(server.url, *credentials) as client,
    ):
        again = Account(client, account.email)
        fee_sides = {one["symbol"]: one["feeSide"] for one in before["markets"]}
        assert (fee_sides["BTC/USDT"], fee_sides["ETH/USDT"]) == ("get", "quote")
        assert picture(again) == before
        kept = again.client.order("buy", "0.01", "49000", clientOrderId="kept")
        assert exact(kept) == before["orders"][0]
        fresh = again.place("buy", "0.01", "49000")
        assert int(fresh["id"]) > max(int(order["id"]) for order in before["orders"])
        # The demo account is made once.
        assert demo_account(server) == first_demo
        (balance, lines) = first_demo
        assert (balance, len(lines)) == ((10_000, 0), 1)


def trade_a_little(admin: AdminClient, account: Account) -> None:
    admin.set_price("50000")
    account.place("buy", "0.01", "49000", clientOrderId="kept")
    account.place("buy", "0.02")
    account.place("sell", "0.005", "50500")
    gone = account.place("buy", "0.01", "48000")
    account.client.delete(f"/v1/order/{gone['id']}")
    account.place("buy", "0.01", "49000", timeInForce="IOC")
    changed = account.place("buy", "0.01", "47000")
    account.client.put(f"/v1/order/{changed['id']}", {"price": "46000", "amount": "0.02"})
    admin.set_price("50500")
    admin.post("/admin/instruments", {"symbol": "ETH/USDT", "feeModel": "quote"})
    admin.post("/admin/keys", {"user": account.email, "label": "second", "permissions": ["read"]})


def picture(account: Account) -> dict[str, Any]:
    found = account.picture("orders/open", "orders/closed", "keys", "fees")
    for order in found["orders"]:
        found[order["id"]] = account.read(f"/v1/order/{order['id']}")
    found["markets"] = account.read("/v1/markets")
    return found


def demo_account(server: ServerProcess) -> tuple[Any, list[Any]]:
    """Its USDT, and how they came."""
    with NativeClient(server.url) as client:
        return client.balance("USDT"), client.get("/v1/ledger?currency=USDT").json()


def test_time_goes_on_after_a_restart_where_it_was_before(tmp_path: Path) -> None:
    """At sixty times the wall's speed, nothing but the record can know how far it got."""
    options = ("--feed", "synthetic", "--speed", "60", "--rate-limits", "off")
    with running_server(*options, data_dir=tmp_path / "data") as server:
        with new_account(server.url, USDT="10000") as account:
            last = account.client.get("/v1/ticker/BTC%2FUSDT").json()["last"]
            placed = account.place("buy", "0.01", str(int(last * 0.9)))
            credentials = account.client.key, account.client.secret
        assert server.stop() == 0
    with (
        running_server(*options, data_dir=tmp_path / "data") as server,
        NativeClient(server.url, *credentials) as client,
    ):
        canceled = client.delete(f"/v1/order/{placed['id']}").json()
        assert canceled["lastUpdateTimestamp"] >= placed["timestamp"]
        assert client.get("/v1/time").json()["timestamp"] >= canceled["lastUpdateTimestamp"]


def test_a_replay_goes_on_where_it_was_and_says_so_when_it_cannot(tmp_path: Path) -> None:
    recording = tmp_path / "BTCUSDT-trades.csv"
    rows = [trade(n, T0 + n * 10_000, str(20_000 + n)) for n in range(2_000)]
    saved(recording, *rows)
    start_ms = T0 + 600_000
    options = ("--feed", f"replay:{recording}", "--speed", "60", "--rate-limits", "off")
    with running_server(
        *options, "--start", "2022-01-01T00:10:00Z", data_dir=tmp_path / "data"
    ) as server:
        with new_account(server.url, USDT="10000") as account:
            placed = account.place("buy", "0.01", "15000")
            credentials = account.client.key, account.client.secret
            told = account.client.get("/v1/trades/BTC/USDT?limit=100").json()
            bars = account.client.get(f"/v1/klines/BTC/USDT?since={T0}&limit=10").json()
        assert server.stop() == 0
    # What was traded before the start, and ten seconds later the next.
    assert told[0]["id"] == "0"
    assert len(told) >= 60
    assert [bar[4] for bar in bars] == [20_005 + 6 * minute for minute in range(10)]
    assert start_ms <= placed["timestamp"] < start_ms + 18_000_000
    saved(recording, *rows[:1_999], trade(1_999, T0, "7"))
    with (
        running_server(*options, data_dir=tmp_path / "data") as server,
        NativeClient(server.url, *credentials) as client,
    ):
        time = client.get("/v1/time").json()
        assert placed["timestamp"] <= time["timestamp"] < start_ms + 18_000_000
        assert time["feed"]["state"] == "live"
        last = client.get("/v1/ticker/BTC/USDT").json()["last"]
        now_ms = client.get("/v1/time").json()["timestamp"]
        assert placed["timestamp"] - T0 - 20_000 <= (last - 20_000) * 10_000 <= now_ms - T0
        assert [order["id"] for order in client.get("/v1/orders/open").json()] == [placed["id"]]
        assert client.get("/v1/trades/BTC/USDT?since=0&limit=60").json() == told[:60]
        assert client.get(f"/v1/klines/BTC/USDT?since={T0}&limit=10").json() == bars
    with (
        running_server(*options[:2], "--speed", "0", data_dir=tmp_path / "data") as server,
        NativeClient(server.url, *credentials) as client,
    ):
        line = server.wait_for_line("feed failed")
        assert "BTCUSDT-trades.csv line 2000: not in order of time" in line
        assert client.get("/v1/time").json()["feed"]["state"] == "failed"
        ticker = client.get("/v1/ticker/BTC/USDT").json()
        assert (ticker["last"], ticker["stale"]) == (21_998, True)
        client.delete(f"/v1/order/{placed['id']}").raise_for_status()
