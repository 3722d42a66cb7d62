"""Every fault that stands as long as it is armed, in every dialect, over each road."""

from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from hypersim.market.instrument import TradingStatus
from tests.conformance.faults.asking import clear, place
from tests.conformance.faults.roads import (
    NO_LISTEN_KEYS,
    NO_WITHDRAWALS,
    Road,
    account_listener,
)
from tests.conformance.faults.test_requests import arm, code_of
from tests.support.binance_client import signature_of
from tests.support.dialects.stand import ALICE, AT_MARKET, BOB, PRICE, RESTING, Stand
from tests.support.dialects.words import Request, State, Wanted

HALTED = {"native": (400, "MARKET_HALTED"), "binance": (400, -1013), "mexc": (400, 30016)}
OK = {"native": (201, None), "binance": (200, None), "mexc": (200, None)}
OFF_TICK = {"native": (400, "INVALID_PRICE"), "binance": (400, -1013), "mexc": (400, 30087)}
ENDED = {"native": State.EXPIRED, "binance": State.EXPIRED, "mexc": State.CANCELED}
"""MEXC has one word for what ended unfilled."""
SYMBOL: list[tuple[dict[str, Any], TradingStatus, str]] = [
    ({"symbol": "halt"}, TradingStatus.HALTED, "HALT"),
    ({"symbol": "cancelOnly"}, TradingStatus.CANCEL_ONLY, "BREAK"),
    ({"symbol": "delist"}, TradingStatus.CANCEL_ONLY, "BREAK"),
]
MATCH = {"symbol": "BTC/USDT"}


@pytest.mark.parametrize(("do", "status", "word"), SYMBOL, ids=str)
async def test_a_market_is_closed_until_the_fault_is_cleared(
    stand: Stand, road: Road, do: dict[str, Any], status: TradingStatus, word: str
) -> None:
    name = stand.adapter.dialect.name
    order = await stand.place(ALICE, RESTING)
    await arm(stand, {"do": do, "match": MATCH})
    instrument = stand.exchange.engine.view.instruments["BTC/USDT"]
    assert instrument.status is status
    if name == "binance":
        path = "/api/v3/exchangeInfo?symbol=BTCUSDT"
        told = await stand.done(stand.adapter.time()._replace(target=path))
        assert told.body["symbols"][0]["status"] == word
    assert await place(stand, road, AT_MARKET) == HALTED[name]
    seen = stand.adapter.order_of(await stand.query(ALICE, order.id))
    if do["symbol"] == "delist":
        assert seen.state is ENDED[name]
    else:
        # Nobody trades there, but orders can be canceled.
        await stand.move(Decimal(40_000))
        assert stand.adapter.order_of(await stand.query(ALICE, order.id)).state is State.OPEN
        assert (await stand.cancel(ALICE, order.id)).status == 200
        await stand.move(PRICE)
    await clear(stand)
    assert await place(stand, road, AT_MARKET) == OK[name]


async def test_a_grid_is_another_one_for_so_long(stand: Stand, road: Road) -> None:
    name = stand.adapter.dialect.name
    before = stand.exchange.engine.view.instruments["BTC/USDT"]
    grid = {"tickSize": "10", "stepSize": "0.1", "minNotional": "50"}
    await arm(stand, {"do": {"symbol": grid}, "match": {**MATCH, "until": "+10m"}})
    told = await place(stand, road, Wanted("buy", "0.5", "40001"))
    assert told == OFF_TICK[name]
    assert await place(stand, road, Wanted("buy", "0.5", "40000")) == OK[name]
    await stand.pass_time(600_000)
    await stand.exchange.engine.settled()
    assert stand.exchange.engine.view.instruments["BTC/USDT"] == before


async def test_a_halted_market_is_resumed(stand: Stand, road: Road) -> None:
    name = stand.adapter.dialect.name
    await stand.exchange.admin.post("/admin/halt", json={"symbol": "BTC/USDT"})
    await arm(stand, {"do": {"symbol": "resume"}, "match": MATCH})
    assert await place(stand, road, AT_MARKET) == OK[name]
    await clear(stand)
    assert await place(stand, road, AT_MARKET) == HALTED[name]


@pytest.mark.parametrize("match", [{"user": "alice@example.com"}, {"symbol": "BTC/USDT"}, {}])
async def test_fees_are_others_for_so_long(stand: Stand, match: dict[str, str]) -> None:
    async def paid(trader: Any) -> Decimal:
        return (await stand.place(trader, AT_MARKET)).fees["BTC"]

    listener = await account_listener(stand, Road.STREAM)
    usual = await paid(ALICE)
    await arm(stand, {"do": {"fees": {"maker": "0.01", "taker": "0.02"}}, "match": match})
    assert await paid(ALICE) == Decimal("0.01")
    told = [push.fill_fees["BTC"] for push in await listener.heard() if push.fill_fees]
    assert told == [usual, Decimal("0.01")]
    assert (await paid(BOB) == usual) is ("user" in match)
    await clear(stand)
    assert await paid(ALICE) == usual


async def test_of_two_that_change_the_same_the_last_one_counts(stand: Stand) -> None:
    async def paid() -> Decimal:
        return (await stand.place(ALICE, AT_MARKET)).fees["BTC"]

    usual = await paid()
    for taker in ("0.02", "0.04"):
        await arm(stand, {"do": {"fees": {"maker": "0", "taker": taker}}, "match": MATCH})
    assert await paid() == Decimal("0.02")
    await stand.exchange.admin.delete("/admin/faults/1")
    assert await paid() == Decimal("0.02")
    await stand.exchange.admin.delete("/admin/faults/2")
    assert await paid() == usual


class Wallet(NamedTuple):
    """Where a venue tells of coins and is asked for a withdrawal, by which parameters; in which
    header its key stands, and what it says while nothing is paid out."""

    coins: str
    withdrawals: str
    header: str
    network: dict[str, str]
    code: int


WALLETS = {
    "binance": Wallet(
        "GET /sapi/v1/capital/config/getall",
        "POST /sapi/v1/capital/withdraw/apply",
        "X-MBX-APIKEY",
        {"network": "ETH"},
        -4019,
    ),
    "mexc": Wallet(
        "GET /api/v3/capital/config/getall",
        "POST /api/v3/capital/withdraw",
        "X-MEXC-APIKEY",
        {"netWork": "ETH"},
        10265,
    ),
}


async def test_withdrawals_are_refused_in_the_venues_words(stand: Stand) -> None:
    name = stand.adapter.dialect.name
    if name in NO_WITHDRAWALS:
        pytest.skip(NO_WITHDRAWALS[name])
    wallet = WALLETS[name]
    assert await _are_open(stand, wallet)
    await arm(stand, {"do": {"withdrawals": "freeze"}, "match": {"user": "alice@example.com"}})
    asked = {"coin": "USDT", "address": "somewhere", "amount": "100", **wallet.network}
    refused = await stand.ask(_signed(stand, wallet, wallet.withdrawals, asked))
    assert (refused.status, code_of(refused.body)) == (400, wallet.code)
    assert not await _are_open(stand, wallet)
    assert (await stand.holdings(ALICE))["USDT"][0] == 1_000_000
    await clear(stand)
    assert await _are_open(stand, wallet)
    await stand.done(_signed(stand, wallet, wallet.withdrawals, asked))
    assert (await stand.holdings(ALICE))["USDT"][0] == 999_900


async def _are_open(stand: Stand, wallet: Wallet) -> bool:
    told = (await stand.done(_signed(stand, wallet, wallet.coins, {}))).body
    usdt = {coin["coin"]: coin for coin in told}["USDT"]
    of_all = [usdt["withdrawAllEnable"]] if "withdrawAllEnable" in usdt else []
    (is_open,) = {*of_all, *(one["withdrawEnable"] for one in usdt["networkList"])}
    assert isinstance(is_open, bool)
    return is_open


def _signed(stand: Stand, wallet: Wallet, endpoint: str, params: dict[str, str]) -> Request:
    method, path = endpoint.split()
    query = urlencode({**params, "timestamp": stand.signer(ALICE).stamp_ms})
    target = f"{path}?{query}&signature={signature_of(ALICE.secret, query)}"
    return Request(method, target, {wallet.header: ALICE.key})


LAST_WORDS = {"binance": ["listenKeyExpired"], "mexc": []}
"""What a venue says on the socket of a listen key that is over."""


async def test_listen_keys_end_before_their_time(stand: Stand) -> None:
    name = stand.adapter.dialect.name
    if name == "native":
        pytest.skip(NO_LISTEN_KEYS)
    listener = await account_listener(stand, Road.STREAM)
    await arm(stand, {"do": {"listenKeys": "expire"}, "match": {"user": "bob@example.com"}})
    assert not await listener.heard()
    await arm(stand, {"do": {"listenKeys": "expire"}, "match": {"key": ALICE.key}})
    told = [push.frame["e"] for push in await listener.heard()]
    assert told == LAST_WORDS[name]
    await stand.place(ALICE, RESTING)
    assert not await listener.heard()
    hits = (await stand.exchange.admin.get("/admin/faults")).json()["faults"]
    assert [one["hits"] for one in hits] == [0, 1]
    # The next one is as good as ever.
    again = await account_listener(stand, Road.STREAM)
    await stand.place(ALICE, RESTING._replace(client_id="next"))
    assert await again.heard()
