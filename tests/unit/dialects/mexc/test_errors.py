"""What is refused, in MEXC's codes and in Binance's."""

from typing import Any

import pytest

from tests.support.dialects.stand import ALICE
from tests.support.dialects.words import Request
from tests.support.mexc_desk import Desk, desk_of

LIMIT: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "quantity": "0.5",
    "price": "40000",
}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": ""}, 700004),
        ({"symbol": "BTC-USDT"}, -1121),
        ({"symbol": "NONE"}, -1121),
        ({"side": ""}, 700004),
        ({"side": "buy"}, 33333),
        ({"type": "STOP_LOSS"}, 33333),
        ({"quantity": ""}, 700004),
        ({"quantity": "0"}, 33333),
        ({"quantity": "-1"}, 700008),
        ({"quantity": "1e3"}, 700008),
        ({"price": ""}, 700004),
        ({"price": "NaN"}, 700008),
        ({"newClientOrderId": "x" * 65}, 700008),
        ({"type": "MARKET", "quantity": ""}, -1128),
        ({"type": "MARKET", "quoteOrderQty": "5"}, -1128),
        ({"price": "40000.001"}, 30087),
        ({"quantity": "0.0000001"}, 30002),
        ({"type": "LIMIT_MAKER", "price": "51000"}, 30010),
        ({"quantity": "24.9999"}, 30004),
    ],
)
async def test_a_wrong_order_is_refused_for_what_is_wrong(
    changes: dict[str, Any], code: int
) -> None:
    async with desk_of() as desk:
        if code == 30004:
            await desk.done("POST", "order", **LIMIT | {"quantity": "20"})
        assert await desk.code("POST", "order", **LIMIT | changes) == code


async def codes(desk: Desk) -> list[tuple[int, str]]:
    """Of the six refusals that bots written for both venues branch on."""
    late = ALICE._replace(clock_off_ms=-60_001)
    stale = await desk.stand.ask(desk.stand.adapter.balances(desk.stand.signer(late)))
    refused = [
        (await desk.ask("POST", "order", **LIMIT | {"quantity": "0.0001"}))[1],
        stale.body,
        (await desk.ask("GET", "account", trader=ALICE._replace(secret="another")))[1],
        (await desk.ask("POST", "order", **LIMIT | {"side": "SELL", "quantity": "101"}))[1],
        (await desk.ask("DELETE", "order", symbol="BTCUSDT", orderId="7"))[1],
    ]
    return [(body["code"], body["msg"]) for body in refused]


async def test_the_codes_are_mexcs_or_for_whom_wants_them_binances() -> None:
    async with desk_of() as desk:
        assert [code for code, _ in await codes(desk)] == [30002, 700003, 700002, 30004, -2011]
    async with desk_of(errors_like="binance") as desk:
        assert await codes(desk) == [
            (-1013, "Filter failure: MIN_NOTIONAL"),
            (-1021, "Timestamp for this request is outside of the recvWindow."),
            (-1022, "Signature for this request is not valid."),
            (-2010, "Account has insufficient balance for requested action."),
            (-2011, "Unknown order sent."),
        ]
        batch = (
            '[{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","quantity":"0.0001","price":"40000"}]'
        )
        (told,) = await desk.done("POST", "batchOrders", batchOrders=batch)
        assert told["code"] == -1013


@pytest.mark.parametrize(("errors_like", "code"), [("mexc", 429), ("binance", -1003)])
async def test_who_asks_too_much_waits_until_the_window_is_over(
    errors_like: str, code: int
) -> None:
    async with desk_of(errors_like=errors_like, is_limited=True) as desk:
        stand = desk.stand
        await stand.pass_time(10_000 - stand.clock.now_ms() % 10_000 + 3_000)
        told = [await stand.ask(stand.adapter.time()) for _ in range(6)]
        assert [one.status for one in told] == [200] * 5 + [429]
        assert (told[-1].body["code"], told[-1].headers["retry-after"]) == (code, "7")
        await stand.pass_time(7_000)
        assert (await stand.ask(stand.adapter.time())).status == 200


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/api/v3/sub-account/list", (400, 20001)),
        ("/api/v3/rebate/taxQuery", (400, 20001)),
        ("/api/v3/capital/sub-account/universalTransfer", (400, 20001)),
        ("/api/v1/private/order/cancel", (200, 511)),
        ("/api/v1/contract/ticker", (200, 511)),
        ("/api/v3/nothing", (404, 404)),
    ],
)
async def test_what_is_documented_and_not_here_is_no_404(
    target: str, told: tuple[int, Any]
) -> None:
    async with desk_of() as desk:
        answer = await desk.stand.ask(Request("POST", target))
        assert (answer.status, answer.body["code"]) == told


async def test_there_are_no_contracts() -> None:
    async with desk_of() as desk:
        answer = await desk.stand.ask(Request("GET", "/api/v1/contract/detail"))
        assert answer.body == {"success": True, "code": 0, "data": []}
