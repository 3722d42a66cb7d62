"""One user of the native API, and all that the exchange shows of it."""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import httpx

from tests.support.native_client import AdminClient, NativeClient

_EXPONENT = re.compile(rb"[-:,\[ ]\d+(\.\d+)?[eE]")
_emails = (f"user{number}@example.com" for number in itertools.count())


def exact(response: httpx.Response) -> Any:
    """The body, with numbers as they were written: plain digits only."""
    assert response.headers["content-type"] == "application/json", response.headers
    without_text = re.sub(rb'"[^"]*"', b'""', response.content)
    assert not _EXPONENT.search(without_text), response.text
    return json.loads(response.content, parse_float=Decimal)


def error_of(response: httpx.Response) -> tuple[int, str]:
    """(status, code) of a body that is exactly what section 4.5 of the source design shows."""
    body = exact(response)
    assert body.keys() == {"error"}, body
    assert body["error"].keys() == {"code", "message", "details"}, body
    assert isinstance(body["error"]["message"], str), body
    assert body["error"]["message"], body
    assert isinstance(body["error"]["details"], dict), body
    return response.status_code, body["error"]["code"]


class Account:
    """A signed client, with what its owner can see."""

    def __init__(self, client: NativeClient, email: str) -> None:
        self.client = client
        self.email = email

    def read(self, target: str) -> Any:
        """An answer that must come."""
        response = self.client.get(target)
        assert response.status_code == 200, response.text
        return exact(response)

    def place(self, side: str, amount: str, price: str | None = None, **more: Any) -> Any:
        """An order that must be taken."""
        response = self.client.order(side, amount, price, **more)
        assert response.status_code == 201, response.text
        return exact(response)

    def picture(self, *more: str) -> dict[str, Any]:
        """What the account has and did, and what else is asked for."""
        targets = ("balance", "orders", "myTrades", "ledger", *more)
        found = {target: self.read(f"/v1/{target}") for target in targets}
        for volatile in ("timestamp", "datetime"):
            del found["balance"][volatile]
        return found


@contextmanager
def new_account(url: str, **money: str) -> Iterator[Account]:
    """A user of its own for a test."""
    email = next(_emails)
    with AdminClient(url) as admin:
        key, secret = admin.new_user(email, **money)
    with NativeClient(url, key, secret) as client:
        yield Account(client, email)
