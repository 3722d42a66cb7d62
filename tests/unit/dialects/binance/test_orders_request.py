"""Which parameters a new order needs, takes and refuses, by its type."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.orders.request import (
    NAME_LENGTH,
    new_client_order_id,
    read_order,
)
from hypersim.dialects.binance.params.reading import Params
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderType, SelfTradePrevention, Side, TimeInForce, Trigger
from tests.support.builders import ALICE, SYMBOL, instrument

NEEDED: dict[str, dict[str, str]] = {
    "LIMIT": {"timeInForce": "GTC", "quantity": "1", "price": "100"},
    "MARKET": {"quantity": "1"},
    "LIMIT_MAKER": {"quantity": "1", "price": "100"},
    "STOP_LOSS": {"quantity": "1", "stopPrice": "90"},
    "STOP_LOSS_LIMIT": {"timeInForce": "GTC", "quantity": "1", "price": "89", "stopPrice": "90"},
    "TAKE_PROFIT": {"quantity": "1", "stopPrice": "110"},
    "TAKE_PROFIT_LIMIT": {"timeInForce": "GTC", "quantity": "1", "price": "1", "stopPrice": "2"},
}
VALUES = {
    "timeInForce": "GTC",
    "price": "100",
    "stopPrice": "90",
    "trailingDelta": "100",
    "icebergQty": "0.1",
}
REFUSED = {
    "LIMIT": ("stopPrice", "trailingDelta"),
    "MARKET": ("timeInForce", "price", "stopPrice", "trailingDelta", "icebergQty"),
    "LIMIT_MAKER": ("timeInForce", "stopPrice", "trailingDelta"),
    "STOP_LOSS": ("timeInForce", "price", "icebergQty"),
    "TAKE_PROFIT": ("timeInForce", "price", "icebergQty"),
}


def read(values: dict[str, str]) -> PlaceOrder:
    params = Params({"side": "BUY", **values})
    command = read_order(params, ALICE, instrument())
    params.done()
    return command


def refusal(values: dict[str, str]) -> tuple[int, str]:
    with pytest.raises(BinanceError) as caught:
        read(values)
    return caught.value.code, caught.value.msg


def of_type(word: str, **changes: str) -> dict[str, str]:
    return {"type": word, **NEEDED[word], **changes}


@pytest.mark.parametrize("word", NEEDED)
def test_what_a_type_needs_is_enough(word: str) -> None:
    command = read(of_type(word))
    assert command.type is (OrderType.LIMIT if "price" in NEEDED[word] else OrderType.MARKET)
    assert command.post_only is (word == "LIMIT_MAKER")
    assert command.trigger == (
        Trigger.STOP_LOSS
        if word.startswith("STOP")
        else Trigger.TAKE_PROFIT
        if word.startswith("TAKE")
        else None
    )
    assert (command.account_id, command.symbol, command.side) == (ALICE, SYMBOL, Side.BUY)
    assert not command.is_retry_safe
    assert command.self_trade_prevention is SelfTradePrevention.EXPIRE_MAKER


@pytest.mark.parametrize(
    ("word", "missing"),
    [
        (word, name)
        for word, needed in NEEDED.items()
        for name in needed
        if name not in ("stopPrice",) and (word, name) != ("MARKET", "quantity")
    ],
)
def test_what_a_type_needs_is_mandatory(word: str, missing: str) -> None:
    values = of_type(word)
    del values[missing]
    message = f"Mandatory parameter '{missing}' was not sent, was empty/null, or malformed."
    assert refusal(values) == (-1102, message)


@pytest.mark.parametrize("word", [word for word in NEEDED if "stopPrice" in NEEDED[word]])
def test_a_conditional_order_needs_a_stop_price_or_a_trailing_delta(word: str) -> None:
    values = of_type(word)
    del values["stopPrice"]
    message = "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"
    assert refusal(values) == (-1102, message)
    assert read({**values, "trailingDelta": "100"}).trailing_delta == 100
    both = read({**values, "trailingDelta": "100", "stopPrice": "95"})
    assert (both.trailing_delta, both.trigger_price) == (100, Decimal(95))


def test_a_market_order_states_its_quantity_or_what_it_costs() -> None:
    assert refusal({"type": "MARKET"}) == (
        -1102,
        "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
    )
    assert read({"type": "MARKET", "quoteOrderQty": "50"}).quote_quantity == Decimal(50)
    assert refusal(of_type("MARKET", quoteOrderQty="50")) == (
        -1106,
        "Parameter 'quoteOrderQty' sent when not required.",
    )
    assert refusal(of_type("LIMIT", quoteOrderQty="50"))[0] == -1106


@pytest.mark.parametrize(
    ("word", "name"), [(word, name) for word, names in REFUSED.items() for name in names]
)
def test_what_a_type_does_not_take_is_refused(word: str, name: str) -> None:
    message = f"Parameter '{name}' sent when not required."
    assert refusal(of_type(word, **{name: VALUES[name]})) == (-1106, message)


@pytest.mark.parametrize("word", ["LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"])
def test_a_limit_order_can_be_an_iceberg_if_it_may_rest(word: str) -> None:
    assert read(of_type(word, icebergQty="0.1")).iceberg_quantity == Decimal("0.1")
    assert read(of_type(word, icebergQty="0.00")).iceberg_quantity is None
    if word == "LIMIT_MAKER":
        return
    refused = refusal(of_type(word, icebergQty="0.1", timeInForce="IOC"))
    assert refused == (-1014, "Unsupported order combination")


@pytest.mark.parametrize(
    ("changes", "code", "msg"),
    [
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "ICEBERG"}, -1116, "Invalid orderType."),
        ({"timeInForce": "GTD"}, -1115, "Invalid timeInForce."),
        ({"quantity": "0"}, -1013, "Invalid quantity."),
        ({"price": "0.0"}, -1013, "Invalid price."),
        (
            {"quantity": "0.123456789"},
            -1111,
            "Parameter 'quantity' has too much precision.",
        ),
        (
            {"price": "1e3"},
            -1100,
            "Illegal characters found in parameter 'price'; legal range is "
            "'^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
        ),
        (
            {"newClientOrderId": "a b"},
            -1100,
            "Illegal characters found in parameter 'newClientOrderId'; legal range is "
            "'^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        ({"newClientOrderId": "x" * 37}, -1100, None),
        ({"newClientOrderId": ""}, -1105, "Parameter 'newClientOrderId' was empty."),
        ({"strategyType": "999999"}, -1134, "strategyType was less than 1000000."),
        ({"strategyId": "x"}, -1100, None),
        ({"selfTradePreventionMode": "MAYBE"}, -1130, None),
        ({"pegPriceType": "BEST"}, -1210, "Invalid pegPriceType."),
        (
            {"pegPriceType": "MARKET_PEG", "pegOffsetType": "TICK", "pegOffsetValue": "1"},
            -1211,
            "Invalid pegOffsetType.",
        ),
        ({"pegPriceType": "MARKET_PEG", "pegOffsetType": "PRICE_LEVEL"}, -1102, None),
        ({"pegPriceType": "MARKET_PEG", "pegOffsetValue": "1"}, -1102, None),
        ({"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "1"}, -1102, None),
        (
            {
                "pegPriceType": "MARKET_PEG",
                "pegOffsetType": "PRICE_LEVEL",
                "pegOffsetValue": "101",
            },
            -1130,
            None,
        ),
        (
            {"pegPriceType": "PRIMARY_PEG", "timeInForce": "IOC"},
            -2010,
            "This price peg cannot be used with this order type.",
        ),
        ({"bogus": "1"}, -1104, None),
    ],
)
def test_a_bad_value_is_refused_in_binance_s_words(
    changes: dict[str, str], code: int, msg: str | None
) -> None:
    refused = refusal({**of_type("LIMIT"), **changes})
    assert refused[0] == code
    assert msg is None or refused[1] == msg


def test_a_trailing_delta_of_nothing_is_refused() -> None:
    assert refusal(of_type("STOP_LOSS", trailingDelta="0"))[0] == -1130


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("timeInForce", "IOC", "time_in_force", TimeInForce.IOC),
        ("timeInForce", "FOK", "time_in_force", TimeInForce.FOK),
        ("selfTradePreventionMode", "NONE", "self_trade_prevention", SelfTradePrevention.NONE),
        (
            "selfTradePreventionMode",
            "DECREMENT",
            "self_trade_prevention",
            SelfTradePrevention.DECREMENT,
        ),
        ("strategyId", "7", "strategy_id", 7),
        ("strategyType", "1000000", "strategy_type", 1_000_000),
        ("newClientOrderId", "x-TKT5PX2F_1", "client_order_id", "x-TKT5PX2F_1"),
        ("quantity", "1.000000000", "quantity", Decimal(1)),
    ],
)
def test_an_optional_value_reaches_the_exchange(
    name: str, value: str, field: str, expected: Any
) -> None:
    assert getattr(read(of_type("LIMIT", **{name: value})), field) == expected


def test_an_order_without_a_name_gets_one_of_its_own() -> None:
    names = {read(of_type("LIMIT")).client_order_id for _ in range(100)}
    assert len(names) == 100
    assert all(name is not None and len(name) == 22 for name in names)


def test_no_drawn_name_comes_twice() -> None:
    names = [new_client_order_id() for _ in range(600)]
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {NAME_LENGTH}
    assert all(read(of_type("LIMIT", newClientOrderId=name)) for name in names)
