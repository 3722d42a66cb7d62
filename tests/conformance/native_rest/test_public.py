"""The public endpoints, section 4.2 of the source design."""

import itertools
import time
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.support.native_account import Account, error_of, exact
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

TICKER_FIELDS = {
    *("symbol", "timestamp", "datetime", "high", "low", "bid", "ask", "last", "close"),
    *("baseVolume", "quoteVolume", "info"),
}
SPELLINGS = ["BTC/USDT", "BTC-USDT", "BTCUSDT", "BTC%2FUSDT"]


@pytest.fixture
def url(rest_server: ServerProcess, admin: AdminClient) -> str:
    """Of a server where prices are known."""
    del admin
    return rest_server.url


def get(url: str, target: str) -> httpx.Response:
    return httpx.get(f"{url}{target}", verify=False, trust_env=False)


def read(url: str, target: str) -> Any:
    response = get(url, target)
    assert response.status_code == 200, response.text
    return exact(response)


def test_ping_answers(url: str) -> None:
    assert read(url, "/v1/ping") == {}


def test_time_is_the_exchanges_time_and_names_the_feed(url: str) -> None:
    answer = read(url, "/v1/time")
    now_ms = time.time_ns() // 1_000_000
    assert now_ms - 10_000 < answer["timestamp"] <= now_ms + 1_000
    assert answer["feed"]["name"] == "manual"


def test_markets_are_ccxt_markets(url: str) -> None:
    markets = read(url, "/v1/markets")
    assert len(markets) >= 10
    first = markets[0]
    assert (first["symbol"], first["base"], first["quote"]) == ("BTC/USDT", "BTC", "USDT")
    assert first["precision"]["price"] == Decimal("0.01")
    assert first["limits"]["amount"]["min"] == Decimal("0.00001")
    assert first["limits"]["cost"]["min"] == 5
    assert first["feeSide"] == "get"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_ticker_has_the_fields_of_the_source_design(url: str, spelling: str) -> None:
    ticker = read(url, f"/v1/ticker/{spelling}")
    assert ticker.keys() >= TICKER_FIELDS
    assert ticker["symbol"] == "BTC/USDT"
    assert (ticker["bid"], ticker["ask"]) == (Decimal("49999.99"), Decimal("50000.01"))
    assert ticker["last"] == ticker["close"] == 50000


def test_tickers_are_by_symbol(url: str) -> None:
    every = read(url, "/v1/tickers")
    assert len(every) >= 10
    two = read(url, "/v1/tickers?symbols=ETHUSDT,BTC-USDT")
    assert list(two) == ["ETH/USDT", "BTC/USDT"]
    assert two["BTC/USDT"]["last"] == every["BTC/USDT"]["last"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_depth_has_pairs_best_first(url: str, spelling: str) -> None:
    depth = read(url, f"/v1/depth/{spelling}?limit=1")
    assert depth["symbol"] == "BTC/USDT"
    (bid,), (ask,) = depth["bids"], depth["asks"]
    assert (bid[0], ask[0]) == (Decimal("49999.99"), Decimal("50000.01"))
    assert bid[1] > 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_trades_ascend_and_can_be_paged(url: str, spelling: str) -> None:
    target = f"/v1/trades/{spelling}"
    trades = read(url, target)
    assert trades
    assert [t["timestamp"] for t in trades] == sorted(t["timestamp"] for t in trades)
    assert read(url, f"{target}?limit=1") == trades[-1:]
    since_ms = trades[-1]["timestamp"]
    assert read(url, f"{target}?since={since_ms}&limit=1") == trades[-1:]


def test_a_bot_that_loads_hours_first_finds_them(url: str) -> None:
    rows = read(url, "/v1/klines/BTC-USDT?interval=1h&limit=500")
    assert len(rows) == 500
    assert all(after[0] - before[0] == 3_600_000 for before, after in itertools.pairwise(rows))
    assert all(row[5] > 0 for row in rows)
    assert read(url, "/v1/ticker/BTCUSDT")["baseVolume"] > 0


def test_klines_are_rows_of_six(url: str) -> None:
    rows = read(url, "/v1/klines/BTC-USDT?interval=1m")
    assert rows
    assert all(len(row) == 6 and row[0] % 60_000 == 0 for row in rows)
    assert rows[-1][4] == 50000
    assert read(url, f"/v1/klines/BTC-USDT?since={rows[0][0]}&limit=1") == rows[:1] or (
        len(rows) == 1
    )


@pytest.mark.parametrize("endpoint", ["ticker", "trades", "depth", "klines"])
@pytest.mark.parametrize(
    "symbol", ["NO/SUCH", "btcusdt", "%00", "BTC", "..%2F..", "%FF", "A" * 900]
)
def test_an_unknown_symbol_is_refused(url: str, endpoint: str, symbol: str) -> None:
    assert error_of(get(url, f"/v1/{endpoint}/{symbol}")) == (400, "INVALID_SYMBOL")


@pytest.mark.parametrize("interval", ["1s", "2m", "1M ", "", "%00", "60", "1h&interval=1m"])
def test_a_bad_interval_is_refused(url: str, interval: str) -> None:
    response = get(url, f"/v1/klines/BTCUSDT?interval={interval}")
    if interval == "":
        assert response.status_code == 200
    else:
        assert error_of(response) == (400, "INVALID_REQUEST")


def test_public_data_needs_no_key_and_private_data_does(url: str) -> None:
    for target in ("balance", "orders", "orders/open", "orders/closed", "myTrades", "ledger"):
        assert error_of(get(url, f"/v1/{target}")) == (401, "INVALID_API_KEY")


def test_the_document_describes_every_endpoint(url: str) -> None:
    document = get(url, "/schema/openapi.json").json()
    order = document["paths"]["/v1/order"]["post"]
    assert set(order["responses"]) >= {"201", "400", "401", "403", "413", "429", "503"}
    assert {p["name"] for p in order["parameters"]} >= {"X-API-KEY", "X-API-SIGNATURE"}
    body = order["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["required"]) == {"symbol", "side", "type"}
    for path in document["paths"].values():
        for operation in path.values():
            error = operation["responses"]["400"]["content"]["application/json"]["schema"]
            assert error["required"] == ["error"]


def test_a_balance_has_maps_by_kind_and_entries_by_asset(account: Account) -> None:
    account.place("buy", "0.01", "40000")
    balance = account.read("/v1/balance")
    assert balance["USDT"] == {"free": 9600, "used": 400, "total": 10000}
    for kind in ("free", "used", "total"):
        assert balance[kind]["USDT"] == balance["USDT"][kind]
        assert balance[kind]["BTC"] == balance["BTC"][kind]


def test_the_ledger_explains_every_balance(account: Account) -> None:
    account.place("buy", "0.01", "49000")
    account.place("sell", "0.02")
    account.client.delete("/v1/orders/open")
    balance, lines = account.read("/v1/balance"), account.read("/v1/ledger")
    for asset in ("BTC", "USDT"):
        own = [line for line in lines if line["currency"] == asset]
        assert sum(line["availableChange"] for line in own) == balance[asset]["free"]
        assert sum(line["lockedChange"] for line in own) == balance[asset]["used"]
        assert own[0]["before"] == 0
        assert own[-1]["after"] == balance[asset]["total"]
        for earlier, later in itertools.pairwise(own):
            assert later["before"] == earlier["after"]
    assert {line["type"] for line in lines} >= {"deposit", "hold", "release", "trade"}


def test_fees_are_by_symbol(account: Account) -> None:
    fees = account.read("/v1/fees")
    assert fees["BTC/USDT"]["maker"] == fees["BTC/USDT"]["taker"] == Decimal("0.001")
