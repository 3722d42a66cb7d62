"""Trading accounts of the Binance dialect on a server whose prices only the test moves."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

from tests.support.binance_client import BinanceClient
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server

PRICE = "50000"
MONEY = {"USDT": "1000000", "BTC": "10"}

_emails = (f"trader-{number}@example.com" for number in itertools.count())


class Trader:
    """An account in BTCUSDT. Calls raise AssertionError for what should not be refused."""

    def __init__(self, client: BinanceClient) -> None:
        self.client = client

    def place(self, side: str, kind: str, **terms: Any) -> Any:
        """The answer to a new order."""
        return self.ask("POST", "order", side=side, type=kind, **terms)

    def limit(self, side: str, quantity: str, price: str, **terms: Any) -> Any:
        """The answer to a limit order that may rest."""
        terms = {"timeInForce": "GTC", **terms}
        return self.place(side, "LIMIT", quantity=quantity, price=price, **terms)

    def order(self, order_id: int) -> Any:
        """The order as it stands."""
        return self.ask("GET", "order", orderId=order_id)

    def open(self) -> list[Any]:
        """Open orders."""
        found: list[Any] = self.ask("GET", "openOrders")
        return found

    def ask(self, method: str, path: str, **params: Any) -> Any:
        """An answer about BTCUSDT; None as `symbol` leaves it out."""
        return self.client.answer(method, f"/api/v3/{path}", **_with_symbol(params))

    def refusal(self, method: str, path: str, **params: Any) -> tuple[int, str]:
        """(code, msg) of a call that must be refused with HTTP 400."""
        response = self.client.signed(method, f"/api/v3/{path}", **_with_symbol(params))
        assert response.status_code == 400, response.text
        body = response.json()
        assert body.keys() == {"code", "msg"}, body
        return body["code"], body["msg"]

    def balance(self, asset: str) -> tuple[str, str]:
        """(free, locked)"""
        rows = self.client.answer("GET", "/api/v3/account")["balances"]
        row = next(one for one in rows if one["asset"] == asset)
        return row["free"], row["locked"]


@contextlib.contextmanager
def quiet_venue() -> Iterator[ServerProcess]:
    """A server on which nothing moves but what the test moves. How far a price may stand from the
    market's goes by the latest one: an average would remember the tests before."""
    with running_server(
        "--feed", "manual", "--fills", "depth", "--demo", "--rate-limits", "off"
    ) as server:
        with AdminClient(server.url) as admin:
            admin.post("/admin/instruments", {"symbol": "BTC/USDT", "averageMinutes": 0})
        yield server


@contextlib.contextmanager
def trading_account(server: ServerProcess, **money: str) -> Iterator[Trader]:
    """A new account, with BTCUSDT at 50,000."""
    with AdminClient(server.url) as admin:
        admin.set_price(PRICE)
        key, secret = admin.new_user(next(_emails), **(money or MONEY))
    with BinanceClient(f"{server.url}/binance", key, secret) as client:
        yield Trader(client)


def _with_symbol(params: dict[str, Any]) -> dict[str, Any]:
    wanted = {"symbol": "BTCUSDT", **params}
    return {name: value for name, value in wanted.items() if value is not None}
