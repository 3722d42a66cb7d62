"""Instruments at run time: added, changed, halted, resumed."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.service.transaction import Source
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderType, Side
from hypersim.trading.rejections import Rejected, Rejection
from tests.support.memory_exchange import MemoryExchange

NEW = {"symbol": "FOO/USDT", "tickSize": "0.5", "stepSize": 0.25, "makerFeeRate": 0}


async def test_a_new_instrument_has_defaults_and_can_be_priced(exchange: MemoryExchange) -> None:
    answer = await exchange.admin.post("/admin/instruments", json=NEW)
    assert answer.status_code == 201
    listed = exchange.record.instruments["FOO/USDT"]
    assert (listed.base, listed.quote) == ("FOO", "USDT")
    assert (listed.tick_size, listed.min_price) == (Decimal("0.5"), Decimal("0.5"))
    assert (listed.step_size, listed.min_quantity) == (Decimal("0.25"), Decimal("0.25"))
    assert (listed.maker_fee_rate, listed.taker_fee_rate) == (Decimal(0), Decimal("0.001"))
    answer = await exchange.admin.post("/admin/price", json={"symbol": "FOOUSDT", "price": 7.5})
    assert answer.json()["last"] == 7.5


async def test_what_is_shown_can_be_sent_back(exchange: MemoryExchange) -> None:
    before = exchange.record.instruments["BTC/USDT"]
    # As text: Python would write 0.00001 as 1e-05, and exponents are refused.
    shown = (await exchange.admin.get("/admin/instruments")).json(parse_float=str)
    body = next(entry for entry in shown if entry["symbol"] == "BTC/USDT")
    del body["base"], body["quote"]
    answer = await exchange.admin.post("/admin/instruments", json=body)
    assert answer.status_code == 200, answer.text
    assert exchange.record.instruments["BTC/USDT"] == before


async def test_a_change_leaves_the_rest_as_it_is(exchange: MemoryExchange) -> None:
    before = exchange.record.instruments["BTC/USDT"]
    changes = {"takerFeeRate": "0.002", "priceBand": {"bidUp": "2"}, "openOrdersMax": 7}
    answer = await exchange.admin.post("/admin/instruments", json={"symbol": "BTC/USDT", **changes})
    assert answer.status_code == 200
    after = exchange.record.instruments["BTC/USDT"]
    assert after.taker_fee_rate == Decimal("0.002")
    assert after.open_orders_max == 7
    assert after.price_band.bid_up == 2
    assert after.price_band.ask_up == before.price_band.ask_up
    assert (after.tick_size, after.max_price) == (before.tick_size, before.max_price)


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "FOOUSDT"},
        {"symbol": "foo/usdt"},
        {"symbol": "FOO/USDT/X"},
        {"symbol": "/USDT"},
        {"symbol": "F\u0000O/USDT"},
        {"tickSize": "0"},
        {"tickSize": "-1"},
        {"tickSize": None},
        {"stepSize": "1e-3"},
        {"tickSize": "0.0000000001", "stepSize": "0.0000000001"},
        {"makerFeeRate": "1"},
        {"minPrice": "10", "maxPrice": "5"},
        {"maxPrice": "1000000000000001"},
        {"maxNotional": "99999999999999999999"},
        {"openOrdersMax": 0},
        {"openOrdersMax": 10**30},
        {"openOrdersMax": 1.5},
        {"basePlaces": 19},
        {"quotePlaces": -1},
        {"status": "closed"},
        {"priceBand": {"up": "2"}},
        {"priceBand": None},
        {"base": "FOO"},
        {"feeModel": "free"},
        {"feeModel": 1},
    ],
)
async def test_an_impossible_instrument_is_refused(
    exchange: MemoryExchange, changes: dict[str, Any]
) -> None:
    answer = await exchange.admin.post("/admin/instruments", json={**NEW, **changes})
    assert answer.status_code == 400, answer.text
    assert "FOO/USDT" not in exchange.record.instruments


async def test_a_market_can_have_a_fee_model_of_its_own(exchange: MemoryExchange) -> None:
    for wanted in ("quote", None, "received"):
        body = {"symbol": "BTC/USDT", "feeModel": wanted}
        answer = await exchange.admin.post("/admin/instruments", json=body)
        assert answer.status_code == 200
        assert answer.json()["feeModel"] == wanted
        assert exchange.record.instruments["BTC/USDT"].fee_model == wanted
    body = {"symbol": "BTC/USDT", "feeModel": "free"}
    answer = await exchange.admin.post("/admin/instruments", json=body)
    assert answer.json()["error"]["message"] == (
        "feeModel must be one of quote, received, or null for the exchange's, not 'free'"
    )


async def test_two_symbols_that_clients_spell_alike_are_refused(exchange: MemoryExchange) -> None:
    answer = await exchange.admin.post("/admin/instruments", json={"symbol": "BTCU/SDT"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "SYMBOL_TAKEN"


async def test_a_halted_symbol_takes_no_orders_until_it_resumes(exchange: MemoryExchange) -> None:
    await exchange.admin.post("/admin/users", json={"email": "ann@example.com"})
    wanted = {"user": 1, "asset": "USDT", "amount": "1000", "action": "set"}
    await exchange.admin.post("/admin/balances", json=wanted)
    order = PlaceOrder(
        1, "BTC/USDT", Side.BUY, OrderType.LIMIT, quantity=Decimal(1), price=Decimal(100)
    )
    halted = await exchange.admin.post("/admin/halt", json={"symbol": "BTC-USDT"})
    assert halted.json()["status"] == "halted"
    outcome = await exchange.engine.submit(order, Source.ADMIN)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Rejection.MARKET_HALTED
    resumed = await exchange.admin.post("/admin/resume", json={"symbol": "BTC/USDT"})
    assert resumed.json()["status"] == "trading"
    assert await exchange.done(order)


async def test_an_unknown_symbol_is_named_so(exchange: MemoryExchange) -> None:
    for path in ("halt", "resume"):
        answer = await exchange.admin.post(f"/admin/{path}", json={"symbol": "NO/SUCH"})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "INVALID_SYMBOL"
