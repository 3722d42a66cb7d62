"""The wallet API: what a spot-only simulated account can truthfully say."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_client import BinanceClient, now_ms


def test_the_system_is_open(saver: BinanceClient) -> None:
    assert saver.get("/sapi/v1/system/status") == {"status": 0, "msg": "normal"}


def test_deposits_and_withdrawals_are_those_of_the_operator(saver: BinanceClient) -> None:
    came = saver.answer("GET", "/sapi/v1/capital/deposit/hisrec")
    assert [(one["coin"], one["amount"], one["status"]) for one in came] == [
        ("BTC", "2", 1),
        ("USDT", "1000", 1),
    ]
    assert abs(came[0]["insertTime"] - now_ms()) < 60_000
    went = saver.answer("GET", "/sapi/v1/capital/withdraw/history")
    assert [(one["coin"], one["amount"], one["status"]) for one in went] == [("USDT", "100", 6)]


@pytest.mark.parametrize(
    ("params", "coins"),
    [
        ({"coin": "BTC"}, ["BTC"]),
        ({"limit": 1}, ["BTC"]),
        ({"limit": 1, "offset": 1}, ["USDT"]),
        ({"status": 0}, []),
        ({"endTime": 1}, []),
        ({"startTime": 1}, ["BTC", "USDT"]),
        ({"recvWindow": 10_000}, ["BTC", "USDT"]),
    ],
)
def test_the_history_can_be_filtered(
    saver: BinanceClient, params: dict[str, Any], coins: list[str]
) -> None:
    found = saver.answer("GET", "/sapi/v1/capital/deposit/hisrec", **params)
    assert [one["coin"] for one in found] == coins


def test_coins_show_what_the_account_has(saver: BinanceClient) -> None:
    coins = {one["coin"]: one for one in saver.answer("GET", "/sapi/v1/capital/config/getall")}
    assert len(coins) > 5
    assert coins["USDT"]["free"] == "900"
    assert coins["ETH"]["free"] == "0"
    assert coins["BTC"]["name"] == "Bitcoin"
    assert all(one["depositAllEnable"] and one["withdrawAllEnable"] for one in coins.values())
    networks = {one["network"]: one for one in coins["USDT"]["networkList"]}
    assert {"TRX", "ETH", "BSC"} <= networks.keys()
    assert networks["TRX"]["name"] == "Tron (TRC20)"
    assert [one["isDefault"] for one in networks.values()].count(True) == 1
    assert all("depositDust" in one and "specialWithdrawTips" in one for one in networks.values())


def test_assets_are_those_that_the_account_has(saver: BinanceClient) -> None:
    for path in ("/sapi/v1/asset/getUserAsset", "/sapi/v3/asset/getUserAsset"):
        assets = saver.answer("POST", path, needBtcValuation="true")
        assert [(one["asset"], one["free"]) for one in assets] == [
            ("BTC", "2.00000000"),
            ("USDT", "900.00000000"),
        ]
        assert Decimal(assets[0]["btcValuation"]) == 2
        assert 0 < Decimal(assets[1]["btcValuation"]) < 1
        assert len(saver.answer("POST", path, asset="BTC")) == 1


def test_fees_are_the_account_s(saver: BinanceClient) -> None:
    fees = saver.answer("GET", "/sapi/v1/asset/tradeFee", symbol="BTCUSDT")
    assert fees == [{"symbol": "BTCUSDT", "makerCommission": "0.001", "takerCommission": "0.001"}]
    assert len(saver.answer("GET", "/sapi/v1/asset/tradeFee")) > 10


def test_the_key_s_rights_are_shown(saver: BinanceClient) -> None:
    rights = saver.answer("GET", "/sapi/v1/account/apiRestrictions")
    assert rights["enableReading"] and rights["enableSpotAndMarginTrading"]
    assert rights["enableWithdrawals"] and not rights["ipRestrict"]
    assert saver.answer("GET", "/sapi/v1/account/status") == {"data": "Normal"}
    status = saver.answer("GET", "/sapi/v1/account/apiTradingStatus")
    assert status["data"]["isLocked"] is False


def test_a_young_account_has_no_snapshots(saver: BinanceClient) -> None:
    snapshot = saver.answer("GET", "/sapi/v1/accountSnapshot", type="SPOT")
    assert snapshot == {"code": 200, "msg": "", "snapshotVos": []}
    assert saver.answer("GET", "/sapi/v1/accountSnapshot", type="MARGIN")["snapshotVos"] == []
    response = saver.signed("GET", "/sapi/v1/accountSnapshot", type="EVERY")
    assert response.json()["code"] == -1130


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sapi/v1/margin/allPairs"),
        ("GET", "/sapi/v1/margin/isolated/allPairs"),
    ],
)
def test_there_is_nothing_but_spot(saver: BinanceClient, method: str, path: str) -> None:
    assert saver.answer(method, path) == []


def test_money_moves_between_spot_and_funding(saver: BinanceClient) -> None:
    path = "/sapi/v1/asset/transfer"
    for way, amount in (("MAIN_FUNDING", "70"), ("FUNDING_MAIN", "20")):
        moved = saver.answer("POST", path, type=way, asset="USDT", amount=amount)
        (row,) = saver.answer("GET", path, type=way)["rows"]
        assert (row["tranId"], row["amount"], row["type"]) == (moved["tranId"], amount, way)
        assert row["status"] == "CONFIRMED"
    (held,) = saver.answer("POST", "/sapi/v1/asset/get-funding-asset", asset="USDT")
    assert held["free"] == "50.00000000"
    (spot,) = saver.answer("POST", "/sapi/v3/asset/getUserAsset", asset="USDT")
    assert spot["free"] == "850.00000000"
    for terms, code in (
        ({"type": "MAIN_FUNDING", "asset": "USDT", "amount": "851"}, -5013),
        ({"type": "MAIN_FUNDING", "asset": "NONE", "amount": "1"}, -5003),
        ({"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "1"}, -1020),
    ):
        response = saver.signed("POST", path, **terms)
        assert (response.status_code, response.json()["code"]) == (400, code), terms


def test_what_is_not_done_here_is_empty_and_no_404(saver: BinanceClient) -> None:
    assert saver.answer("GET", "/sapi/v1/asset/assetDividend") == {"rows": [], "total": 0}
    assert saver.answer("GET", "/sapi/v1/convert/tradeFlow")["list"] == []
    assert saver.answer("GET", "/sapi/v1/pay/transactions")["data"] == []
    assert saver.answer("GET", "/sapi/v1/rebate/taxQuery")["data"]["data"] == []
    assert saver.answer("GET", "/sapi/v1/asset/dribblet")["total"] == 0
    assert saver.answer("GET", "/sapi/v1/account/info")["isMarginEnabled"] is False
    details = saver.answer("GET", "/sapi/v1/asset/assetDetail")
    assert details["USDT"].keys() == {
        *("minWithdrawAmount", "depositStatus", "withdrawFee", "withdrawStatus")
    }
    assert saver.answer("GET", "/sapi/v1/asset/assetDetail", asset="BTC").keys() == {"BTC"}


def test_an_address_cannot_be_mistaken_for_a_real_one(saver: BinanceClient) -> None:
    address = saver.answer("GET", "/sapi/v1/capital/deposit/address", coin="BTC")
    assert address["coin"] == "BTC"
    assert address["address"].startswith("simulated-btc-")
    assert address["isDefault"] == 1
    listed = saver.answer("GET", "/sapi/v1/capital/deposit/address/list", coin="XRP")
    assert [(one["isDefault"], bool(one["tag"])) for one in listed] == [(1, True), (0, False)]


def test_anything_else_is_refused_for_good(saver: BinanceClient) -> None:
    """A 404 would be a network error for CCXT, which is tried again."""
    response = saver.signed("GET", "/sapi/v1/lending/daily/product/list")
    assert (response.status_code, response.json()["code"]) == (400, -1020)
