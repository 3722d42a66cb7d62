"""Two runs that do the same read the same; the first thing that is not the same is found."""

from pathlib import Path
from typing import Any

import pytest

from hypersim.cli.drive.golden import Difference, first_difference, read, told, write


def run_of(name: str, order: str, time: str, price: str = "30000") -> list[str]:
    """A run that places an order, asks for it and cancels it, over two APIs."""
    requests: list[dict[str, Any]] = [
        {"method": "GET", "path": "/api/v3/exchangeInfo", "parameters": {}},
        {
            "method": "POST",
            "path": "/api/v3/order",
            "parameters": {
                "symbol": "BTCUSDT",
                "price": price,
                "newClientOrderId": name,
                "timestamp": time,
            },
        },
        {"method": "GET", "path": f"/v1/order/{order}", "parameters": None},
        {
            "method": "DELETE",
            "path": "/api/v3/order",
            "parameters": {"origClientOrderId": name, "symbol": "BTCUSDT"},
        },
        {"method": "order.place", "path": "/ws-api/v3", "parameters": {"params": {"a": [1, 2]}}},
    ]
    fill = {
        "order": order,
        "symbol": "BTC/USDT",
        "side": "buy",
        "amount": "0.1",
        "price": price,
        "timestamp": time,
        "fee": {"cost": "0.0001", "currency": "BTC"},
    }
    return told(requests, [fill])


def test_a_run_reads_as_what_was_asked_and_filled() -> None:
    assert run_of("x-1a2b", "4711", "1640995200000") == [
        "GET /api/v3/exchangeInfo",
        "POST /api/v3/order newClientOrderId=#1 price=30000 symbol=BTCUSDT",
        "GET /v1/order/#2",
        "DELETE /api/v3/order origClientOrderId=#1 symbol=BTCUSDT",
        "order.place /ws-api/v3 params.a=1 params.a=2",
        "fill of #2 BTC/USDT buy 0.1 at 30000 fee 0.0001 BTC",
    ]


def test_what_is_made_up_makes_no_difference_but_whose_it_is_does() -> None:
    before = run_of("x-1a2b", "4711", "1640995200000")
    assert first_difference(before, run_of("x-ffff", "12", "1640995260000")) is None
    names = [{"method": "GET", "path": "/o", "parameters": {"orderId": id_}} for id_ in ("1", "2")]
    assert told([*names, names[0]], []) != told([*names, names[1]], [])


def test_the_first_difference_is_told_with_its_line() -> None:
    before, now = run_of("a", "1", "0"), run_of("a", "1", "0", price="29000")
    assert first_difference(before, now) == Difference(2, before[1], now[1])
    assert first_difference(before, before[:-1]) == Difference(6, before[5], None)
    assert first_difference([], ["GET /x"]) == Difference(1, None, "GET /x")


def test_a_run_is_kept_as_it_was(tmp_path: Path) -> None:
    path, lines = tmp_path / "golden", run_of("a", "1", "0")
    assert read(path) is None
    write(path, lines)
    kept = read(path)
    assert kept is not None
    assert first_difference(kept, lines) is None


@pytest.mark.parametrize("path", ["/api/v3/order/test", "/v1/orders/open", "/v1/ticker/BTC-USDT"])
def test_a_path_that_names_nobody_stays(path: str) -> None:
    assert told([{"method": "GET", "path": path, "parameters": {}}], []) == [f"GET {path}"]
