"""No symbol has a reference price here, and both APIs say so in the same words."""

import pytest

from tests.support.binance_client import BinanceClient, binance_socket
from tests.support.server import ServerProcess

NO_PRICE = (-2043, "This symbol doesn't have a reference price.")
UNKNOWN_SYMBOL = (-1121, "Invalid symbol.")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("referencePrice", "/api/v3/referencePrice"),
        ("referencePrice.calculation", "/api/v3/referencePrice/calculation"),
    ],
)
async def test_no_symbol_has_a_reference_price(
    synthetic_server: ServerProcess, public: BinanceClient, method: str, path: str
) -> None:
    async with binance_socket(synthetic_server.websocket_url) as api:
        for symbol, refusal in (("BTCUSDT", NO_PRICE), ("NOSUCH", UNKNOWN_SYMBOL)):
            response = await api.exchange(method, symbol=symbol)
            assert response["status"] == 400
            assert (response["error"]["code"], response["error"]["msg"]) == refusal
            assert public.refusal(path, symbol=symbol) == refusal
