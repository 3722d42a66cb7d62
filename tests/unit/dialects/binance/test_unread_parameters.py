"""Parameters that an operation does not know are found before what is missing or bad."""

from collections.abc import AsyncIterator

import pytest

from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.venue import Operation
from tests.support.binance_desk import METHODS, Desk, binance_desk

STRICT = [name for name, one in METHODS.items() if one.takes is not None]
OF_A_SYMBOL = [
    name for name, one in METHODS.items() if one.takes is not None and one.takes.needs_symbol
]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with binance_desk() as made:
        yield made


@pytest.mark.parametrize("method", STRICT)
async def test_a_misspelt_parameter_is_told_first(desk: Desk, method: str) -> None:
    names = METHODS[method].takes
    assert names is not None
    sent = {name: "" for name in names.names}
    code, msg = await desk.refusal(method, **sent, misspelt="1")
    assert code == -1104
    read = f"read '{len(sent)}' parameter(s) but was sent '{len(sent) + 1}'."
    assert msg == f"Not all sent parameters were read; {read}"


@pytest.mark.parametrize("method", OF_A_SYMBOL)
async def test_only_a_missing_symbol_comes_before_it(desk: Desk, method: str) -> None:
    missing = "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."
    assert await desk.refusal(method, misspelt="1") == (-1102, missing)
    assert await desk.refusal(method) == (-1102, missing)
    assert await desk.refusal(method, symbol="") == (-1105, "Parameter 'symbol' was empty.")
    unknown = (-1121, "Invalid symbol.")
    assert await desk.refusal(method, symbol="\u5e01\u5b89\u4eba\u751fUSDT") == unknown


def test_every_operation_with_parameters_says_which() -> None:
    def reads_nothing(one: Operation) -> bool:
        return one.handler.__name__ in {
            *("ping", "time", "order_counts", "open_lists", "log_on", "status", "log_out"),
            *("start", "subscribe_signature"),
        }

    silent = [one for one in OPERATIONS if one.takes is None and not one.is_lenient]
    assert [one.handler.__name__ for one in silent if not reads_nothing(one)] == []


@pytest.mark.parametrize("name", ["quantity", "price", "quoteOrderQty", "stopPrice", "icebergQty"])
async def test_a_number_that_no_machine_word_holds_overflows(desk: Desk, name: str) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    sent = {**order, "quantity": "1", "price": "50000", name: "9" * 20}
    for method in ("order.place", "order.test", "sor.order.place"):
        if method.startswith("sor") and name == "quoteOrderQty":
            continue
        refused = await desk.refusal(method, **sent)
        assert refused == (-1108, f"Parameter '{name}' overflowed.")
