"""since, limit and symbol on every list; nothing is capped without a word."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.native_account import Account, error_of, new_account
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

COUNT = 7
LISTS = ["/v1/orders", "/v1/orders/open", "/v1/orders/closed", "/v1/myTrades", "/v1/ledger"]


@pytest.fixture(scope="module")
def busy(rest_server: ServerProcess) -> Iterator[Account]:
    """Has several of everything, in two symbols; nobody changes it."""
    with AdminClient(rest_server.url) as admin:
        admin.set_price("50000")
        admin.set_price("3000", "ETH/USDT")
    with new_account(rest_server.url, USDT="10000", BTC="1") as account:
        trade(account)
        yield account


def trade(account: Account) -> None:
    for number in range(COUNT):
        account.place("buy", "0.001", f"{49000 + number}")
        account.place("buy", "0.001")
    account.place("buy", "0.1", symbol="ETH/USDT")
    account.place("buy", "0.1", "2000", symbol="ETH/USDT")


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("target", LISTS)
def test_a_list_ascends_by_time_and_has_everything(busy: Account, target: str) -> None:
    rows = busy.read(target)
    assert len(rows) >= COUNT + 1
    times = [row["timestamp"] for row in rows]
    assert times == sorted(times)
    assert len(set(ids(rows))) == len(rows)


@pytest.mark.parametrize("target", LISTS)
def test_since_is_inclusive_and_takes_the_first_rows(busy: Account, target: str) -> None:
    rows = busy.read(target)
    since = rows[2]["timestamp"]
    expected = [row for row in rows if row["timestamp"] >= since]
    assert busy.read(f"{target}?since={since}") == expected
    assert busy.read(f"{target}?since={since}&limit=3") == expected[:3]
    assert busy.read(f"{target}?since={rows[-1]['timestamp'] + 1}") == []


@pytest.mark.parametrize("target", LISTS)
def test_until_is_inclusive(busy: Account, target: str) -> None:
    rows = busy.read(target)
    until = rows[-3]["timestamp"]
    expected = [row for row in rows if row["timestamp"] <= until]
    assert busy.read(f"{target}?until={until}") == expected


@pytest.mark.parametrize("target", LISTS)
def test_limit_alone_takes_the_latest_rows_in_ascending_order(busy: Account, target: str) -> None:
    rows = busy.read(target)
    assert busy.read(f"{target}?limit=1") == rows[-1:]
    assert busy.read(f"{target}?limit=4") == rows[-4:]
    assert busy.read(f"{target}?limit=10000") == rows


@pytest.mark.parametrize("target", LISTS[:-1])
@pytest.mark.parametrize("spelling", ["ETH/USDT", "ETH-USDT", "ETHUSDT"])
def test_a_symbol_selects_its_rows(busy: Account, target: str, spelling: str) -> None:
    expected = [row for row in busy.read(target) if row["symbol"] == "ETH/USDT"]
    assert expected
    assert busy.read(f"{target}?symbol={spelling}") == expected
    assert busy.read(f"{target}?symbol={spelling.replace('/', '%2F')}&limit=1") == expected[-1:]


def test_a_currency_selects_ledger_lines(busy: Account) -> None:
    expected = [row for row in busy.read("/v1/ledger") if row["currency"] == "BTC"]
    assert expected
    assert busy.read("/v1/ledger?currency=BTC") == expected
    assert busy.read("/v1/ledger?currency=NONE") == []


def test_an_order_selects_its_trades(busy: Account) -> None:
    trades = busy.read("/v1/myTrades")
    assert busy.read(f"/v1/myTrades?orderId={trades[2]['order']}") == [trades[2]]


@pytest.mark.parametrize("target", [*LISTS, "/v1/trades/BTCUSDT", "/v1/klines/BTCUSDT"])
@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=-1", "limit=1000000000", "limit=1.5", "limit=ten", "limit=%C2%B2"),
        *("since=-1", "since=x", "since=1e3", "since=99999999999999999999", "limit=1&limit=2"),
        *("nonsense=1", "limit=0x10", "since=%00", "limit=%2B1"),
    ],
)
def test_a_page_that_cannot_be_is_refused(steady: Account, target: str, query: str) -> None:
    assert error_of(steady.client.get(f"{target}?{query}")) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("target", LISTS)
def test_a_page_that_ends_before_it_begins_is_refused(steady: Account, target: str) -> None:
    response = steady.client.get(f"{target}?since=2000&until=1000")
    assert error_of(response) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("target", LISTS[:-1])
@pytest.mark.parametrize("symbol", ["XYZ/USDT", "btc/usdt", "%00", "BTC//USDT", "%F0%9F%92%A9"])
def test_an_unknown_symbol_is_refused(steady: Account, target: str, symbol: str) -> None:
    response = steady.client.get(f"{target}?symbol={symbol}")
    assert error_of(response) == (400, "INVALID_SYMBOL")


@pytest.mark.parametrize("currency", ["%00", "btc", "BTC/USDT", "A" * 21, "%ED%A0%80"])
def test_what_is_no_currency_is_refused(steady: Account, currency: str) -> None:
    response = steady.client.get(f"/v1/ledger?currency={currency}")
    assert error_of(response) == (400, "INVALID_REQUEST")
