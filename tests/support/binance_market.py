"""What tests of the Binance dialect's market data ask for."""

import time
from typing import Any

from tests.support.binance_client import BinanceClient

DAY_MS = 86_400_000


HOUR_MS = 3_600_000


SYMBOL = "BTCUSDT"


TWO = '["BTCUSDT","ETHUSDT"]'


def wait_for_trades(public: BinanceClient, count: int = 3) -> list[dict[str, Any]]:
    """Recent trades, once there are some."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        trades: list[dict[str, Any]] = public.get("/api/v3/trades", symbol=SYMBOL)
        if len(trades) >= count:
            return trades
        time.sleep(0.1)
    raise AssertionError("no trades")
