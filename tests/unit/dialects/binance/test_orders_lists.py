"""Which parameters an order list needs, and where its legs may stand."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.orders.list_request import read_oco, read_old_oco, read_oto
from hypersim.dialects.binance.params.reading import Params
from hypersim.trading.commands import PlaceOrderList
from hypersim.trading.order import (
    OrderType,
    PegBasis,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind
from tests.support.builders import ALICE, instrument

Reader = Callable[..., PlaceOrderList]

OCO = {
    "side": "SELL",
    "quantity": "1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "120",
    "belowType": "STOP_LOSS",
    "belowStopPrice": "90",
}
OLD_OCO = {"side": "SELL", "quantity": "1", "price": "120", "stopPrice": "90"}
WORKING = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "100",
    "workingQuantity": "1",
    "workingTimeInForce": "GTC",
}
OTO = {**WORKING, "pendingType": "MARKET", "pendingSide": "SELL", "pendingQuantity": "1"}
OPO = {name: value for name, value in OTO.items() if name != "pendingQuantity"}
OTOCO = {
    **WORKING,
    "pendingSide": "SELL",
    "pendingQuantity": "1",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "120",
    "pendingBelowType": "STOP_LOSS_LIMIT",
    "pendingBelowStopPrice": "90",
    "pendingBelowPrice": "89",
    "pendingBelowTimeInForce": "GTC",
}
OPOCO = {name: value for name, value in OTOCO.items() if name != "pendingQuantity"}


def read(reader: Reader, values: dict[str, str], *kind: ListKind) -> PlaceOrderList:
    params = Params(dict(values))
    command = reader(params, ALICE, instrument(), *kind)
    params.done()
    return command


def refusal(reader: Reader, values: dict[str, str], *kind: ListKind) -> tuple[int, str]:
    with pytest.raises(BinanceError) as caught:
        read(reader, values, *kind)
    return caught.value.code, caught.value.msg


def test_a_pair_lists_its_stop_first() -> None:
    stop, profit = read(read_oco, OCO).orders
    assert (stop.trigger, stop.type, stop.trigger_price) == (
        Trigger.STOP_LOSS,
        OrderType.MARKET,
        Decimal(90),
    )
    assert (profit.trigger, profit.post_only, profit.price) == (None, True, Decimal(120))
    assert {order.quantity for order in (stop, profit)} == {Decimal(1)}
    assert stop.client_order_id != profit.client_order_id


def test_the_legs_of_a_buy_stand_the_other_way_round() -> None:
    command = read(
        read_oco,
        {
            "side": "BUY",
            "quantity": "1",
            "aboveType": "STOP_LOSS_LIMIT",
            "abovePrice": "121",
            "aboveStopPrice": "120",
            "aboveTimeInForce": "GTC",
            "belowType": "TAKE_PROFIT",
            "belowStopPrice": "90",
        },
    )
    assert [order.trigger for order in command.orders] == [Trigger.STOP_LOSS, Trigger.TAKE_PROFIT]


@pytest.mark.parametrize(
    ("side", "above", "below", "code", "msg"),
    [
        ("SELL", "LIMIT", "STOP_LOSS", -1158, "Order type not supported in OCO."),
        ("SELL", "LIMIT_MAKER", "MARKET", -1158, "Order type not supported in OCO."),
        (
            "SELL",
            "LIMIT_MAKER",
            "LIMIT_MAKER",
            -1168,
            "At least one OCO order must be contingent.",
        ),
        ("BUY", "LIMIT_MAKER", "STOP_LOSS", -1165, "A limit order in a buy OCO must be below."),
        ("SELL", "STOP_LOSS", "LIMIT_MAKER", -1166, "A limit order in a sell OCO must be above."),
        ("BUY", "STOP_LOSS", "STOP_LOSS", -1196, "A stop loss order in a buy OCO must be above."),
        ("SELL", "STOP_LOSS", "STOP_LOSS", -1197, "A stop loss order in a sell OCO must be below."),
        (
            "BUY",
            "TAKE_PROFIT",
            "LIMIT_MAKER",
            -1198,
            "A take profit order in a buy OCO must be below.",
        ),
        (
            "SELL",
            "LIMIT_MAKER",
            "TAKE_PROFIT",
            -1199,
            "A take profit order in a sell OCO must be above.",
        ),
    ],
)
def test_a_leg_on_the_wrong_side_is_refused(
    side: str, above: str, below: str, code: int, msg: str
) -> None:
    values = {"side": side, "quantity": "1", "aboveType": above, "belowType": below}
    assert refusal(read_oco, values) == (code, msg)


@pytest.mark.parametrize("missing", OCO)
def test_what_a_pair_needs_is_mandatory(missing: str) -> None:
    values = {name: value for name, value in OCO.items() if name != missing}
    assert refusal(read_oco, values)[0] == -1102


@pytest.mark.parametrize(
    ("reader", "values", "kind", "prefix"),
    [
        (read_oco, OCO, (), "above"),
        (read_oco, OCO, (), "below"),
        (read_oto, OTO, (ListKind.OTO,), "working"),
        (read_oto, OTO, (ListKind.OTO,), "pending"),
        (read_oto, OPO, (ListKind.OPO,), "working"),
        (read_oto, OPO, (ListKind.OPO,), "pending"),
        (read_oto, OTOCO, (ListKind.OTOCO,), "working"),
        (read_oto, OTOCO, (ListKind.OTOCO,), "pendingAbove"),
        (read_oto, OTOCO, (ListKind.OTOCO,), "pendingBelow"),
        (read_oto, OPOCO, (ListKind.OPOCO,), "pendingBelow"),
    ],
)
def test_legs_that_rest_can_be_pegged_and_all_can_transfer(
    reader: Reader, values: dict[str, str], kind: tuple[ListKind, ...], prefix: str
) -> None:
    # A pegged leg needs no price of its own.
    unpriced = {name: value for name, value in values.items() if name != f"{prefix}Price"}
    pegged = {**unpriced, f"{prefix}PegPriceType": "PRIMARY_PEG"}
    if values[f"{prefix}Type"].startswith(("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")):
        read_pegs = [order.peg for order in read(reader, pegged, *kind).orders]
        assert any(peg is not None and peg.basis is PegBasis.PRIMARY for peg in read_pegs)
    else:
        assert refusal(reader, pegged, *kind) == (
            -2010,
            "This order type may not use pegged price.",
        )
    transfers = read(reader, {**values, "selfTradePreventionMode": "TRANSFER"}, *kind).orders
    assert {order.self_trade_prevention for order in transfers} == {SelfTradePrevention.TRANSFER}


def test_an_iceberg_leg_must_rest() -> None:
    values = {
        **OCO,
        "belowType": "STOP_LOSS_LIMIT",
        "belowPrice": "89",
        "belowTimeInForce": "IOC",
        "belowIcebergQty": "0.1",
    }
    assert refusal(read_oco, values) == (
        -1160,
        "Parameter 'belowIcebergQty' is not supported if 'belowTimeInForce' is not GTC.",
    )
    kept = read(read_oco, {**values, "belowTimeInForce": "GTC", "aboveIcebergQty": "0.2"})
    assert [order.iceberg_quantity for order in kept.orders] == [Decimal("0.1"), Decimal("0.2")]


def test_every_word_of_a_leg_reaches_it() -> None:
    command = read(
        read_oco,
        {
            **OCO,
            "listClientOrderId": "list",
            "aboveClientOrderId": "above",
            "aboveStrategyId": "1",
            "aboveStrategyType": "1000000",
            "belowClientOrderId": "below",
            "belowTrailingDelta": "50",
            "belowStrategyId": "2",
            "belowStrategyType": "1000001",
            "selfTradePreventionMode": "EXPIRE_TAKER",
        },
    )
    stop, profit = command.orders
    assert command.client_list_id == "list"
    assert (stop.client_order_id, stop.strategy_id, stop.strategy_type) == ("below", 2, 1_000_001)
    assert (profit.client_order_id, profit.strategy_id) == ("above", 1)
    assert stop.trailing_delta == 50
    assert {order.self_trade_prevention for order in command.orders} == {
        SelfTradePrevention.EXPIRE_TAKER
    }


def test_the_old_request_makes_the_same_pair() -> None:
    stop, limit = read(read_old_oco, OLD_OCO).orders
    assert (stop.trigger, stop.type) == (Trigger.STOP_LOSS, OrderType.MARKET)
    assert (limit.post_only, limit.price) == (True, Decimal(120))
    limited = {**OLD_OCO, "stopLimitPrice": "89"}
    assert refusal(read_old_oco, limited) == (
        -1128,
        "Combination of optional parameters invalid. Recommendation: 'stopLimitTimeInForce' "
        "should also be sent.",
    )
    stop, _ = read(
        read_old_oco,
        {
            **limited,
            "stopLimitTimeInForce": "IOC",
            "limitClientOrderId": "a",
            "stopClientOrderId": "b",
            "trailingDelta": "100",
        },
    ).orders
    assert (stop.type, stop.price, stop.time_in_force) == (
        OrderType.LIMIT,
        Decimal(89),
        TimeInForce.IOC,
    )
    assert (stop.client_order_id, stop.trailing_delta) == ("b", 100)


@pytest.mark.parametrize(
    ("reader", "values", "kind", "size"),
    [
        (read_oto, OTO, ListKind.OTO, 2),
        (read_oto, OPO, ListKind.OPO, 2),
        (read_oto, OTOCO, ListKind.OTOCO, 3),
        (read_oto, OPOCO, ListKind.OPOCO, 3),
    ],
)
def test_a_working_order_comes_first(
    reader: Reader, values: dict[str, str], kind: ListKind, size: int
) -> None:
    command = read(reader, values, kind)
    assert (command.kind, len(command.orders)) == (kind, size)
    working, *pending = command.orders
    assert (working.side, working.price, working.type) == (
        Side.BUY,
        Decimal(100),
        OrderType.LIMIT,
    )
    assert {order.quantity for order in pending} == {Decimal(0) if kind.pays else Decimal(1)}
    for name in values:
        fewer = {other: value for other, value in values.items() if other != name}
        assert refusal(reader, fewer, kind)[0] == -1102, name


@pytest.mark.parametrize("word", ["MARKET", "STOP_LOSS", "TAKE_PROFIT_LIMIT"])
def test_a_working_order_is_a_limit_order(word: str) -> None:
    assert refusal(read_oto, {**OTO, "workingType": word}, ListKind.OTO)[0] == -1116
    maker = {**OTO, "workingType": "LIMIT_MAKER"}
    del maker["workingTimeInForce"]
    assert read(read_oto, maker, ListKind.OTO).orders[0].post_only


def test_who_pays_for_others_buys_what_they_sell() -> None:
    assert refusal(read_oto, {**OPO, "workingSide": "SELL"}, ListKind.OPO) == (
        -1222,
        "Working order in an OPO list must be a bid.",
    )
    assert refusal(read_oto, {**OPO, "pendingSide": "BUY"}, ListKind.OPO) == (
        -1223,
        "Pending orders in an OPO list must be asks.",
    )
    assert refusal(read_oto, OTO, ListKind.OPO)[0] == -1104
