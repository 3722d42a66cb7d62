"""Where parameters stand and how they are signed."""

from typing import Any

import pytest

from tests.support import mexc_desk
from tests.support.dialects.stand import ALICE
from tests.support.mexc_desk import Signing, desk_of

WAYS = (
    mexc_desk.in_query,
    mexc_desk.in_form,
    mexc_desk.in_both,
    mexc_desk.sorted_by_key,
    mexc_desk.encoded_whole,
    mexc_desk.in_json,
    mexc_desk.over_json,
)
ORDER: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "quantity": "0.50",
    "price": "40000",
}
NAME = "a:b/c"


@pytest.mark.parametrize("signing", WAYS, ids=lambda way: way.__name__)
async def test_an_order_is_signed_in_every_way_that_clients_have(signing: Signing) -> None:
    async with desk_of() as desk:
        named = {**ORDER, "newClientOrderId": NAME}
        placed = await desk.done("POST", "order", signing=signing, **named)
        told = await desk.done("GET", "order", symbol="BTCUSDT", origClientOrderId=NAME)
        assert (told["orderId"], told["origQty"]) == (placed["orderId"], "0.5")


@pytest.mark.parametrize("signing", WAYS, ids=lambda way: way.__name__)
async def test_another_secret_signs_nothing(signing: Signing) -> None:
    async with desk_of() as desk:
        stranger = ALICE._replace(secret="of another")
        code = await desk.code("POST", "order", signing=signing, trader=stranger, **ORDER)
        assert code == 700002


async def test_what_was_signed_cannot_be_changed() -> None:
    async with desk_of() as desk:
        stamp = str(desk.stand.clock.now_ms())
        signed = mexc_desk.in_query("POST", "/api/v3/order", {**ORDER, "timestamp": stamp}, ALICE)
        for changed in (
            signed._replace(target=signed.target.replace("40000", "50000")),
            signed._replace(body=b"newClientOrderId=more"),
            signed._replace(body=b'{"newClientOrderId": "more"}'),
        ):
            answer = await desk.stand.ask(changed)
            assert (answer.status, answer.body["code"]) == (400, 700002)
        assert await desk.done("GET", "openOrders") == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"recvWindow": 60_001}, 700005),
        ({"recvWindow": "soon"}, 700008),
        ({"recvWindow": 60_000}, None),
    ],
)
async def test_a_window_has_its_limits(more: dict[str, Any], code: int | None) -> None:
    async with desk_of() as desk:
        status, body = await desk.ask("GET", "account", **more)
        assert body.get("code") == code, status


async def test_no_key_and_no_signature_are_told_apart() -> None:
    async with desk_of() as desk:
        request = desk.stand.adapter.balances(desk.stand.signer(ALICE))
        nameless = await desk.stand.ask(request._replace(headers={}))
        unsigned = await desk.stand.ask(
            request._replace(target=request.target.partition("&signature")[0])
        )
        assert (nameless.body["code"], unsigned.body["code"]) == (400, 700004)
