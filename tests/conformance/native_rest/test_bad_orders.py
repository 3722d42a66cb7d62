"""Orders that cannot be: each is refused in the words of the source design, and changes nothing."""

import json
from typing import Any

import pytest

from tests.support.native_account import Account, error_of

AMOUNT = (400, "INVALID_AMOUNT")
PRICE = (400, "INVALID_PRICE")
REQUEST = (400, "INVALID_REQUEST")
SYMBOL = (400, "INVALID_SYMBOL")

BAD_NUMBERS = [
    *('"NaN"', '"Infinity"', '"-Infinity"', '"1e3"', '"1E-5"', '"-1"', '"0"', '"0.000"', '""'),
    *('"+1"', '" 1"', '"1 "', '"1_000"', '"1,000"', '"0x10"', '".5"', '"5."', '"1.2.3"', '"--1"'),
    *('"\\u0661"', '"\\u00b2"', '"1\\u0000"', '"1\\n"', '"null"', '"true"', '"one"'),
    *("-1", "0", "-0", "0.0", "1e3", "1E400", "1e-9", "-1e-5", "true", "false", "[]", "{}"),
    *("[1]", '{"a":1}', '"' + "9" * 21 + '"', "9" * 21, "9" * 400, '"0.' + "0" * 18 + '1"'),
    *("0." + "0" * 18 + "1", '"' + "1" * 5_000 + '"'),
]


def limit_order(**fields: str) -> bytes:
    """A body whose values are written out in JSON."""
    order = {
        "symbol": '"BTC/USDT"',
        "side": '"buy"',
        "type": '"limit"',
        "amount": '"0.01"',
        "price": '"49000"',
        **fields,
    }
    return ("{" + ",".join(f'"{name}":{value}' for name, value in order.items()) + "}").encode()


def refused(account: Account, *bodies: bytes, target: str = "/v1/order") -> set[tuple[int, str]]:
    """What requests get that must change nothing."""
    before = account.picture()
    method = "POST" if target == "/v1/order" else "PUT"
    found = {error_of(account.client.send(method, target, body)) for body in bodies}
    assert account.picture() == before
    return found


def open_order(account: Account) -> str:
    """Where the account's one open order is."""
    (order,) = account.read("/v1/orders/open")
    return f"/v1/order/{order['id']}"


@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_a_number_that_is_none_is_refused(steady: Account, number: str) -> None:
    amounts = limit_order(amount=number), f'{{"amount":{number}}}'.encode()
    prices = limit_order(price=number), f'{{"price":{number}}}'.encode()
    before = steady.picture()
    for bodies, error in ((amounts, AMOUNT), (prices, PRICE)):
        assert error_of(steady.client.send("POST", "/v1/order", bodies[0])) == error
        assert error_of(steady.client.send("PUT", open_order(steady), bodies[1])) == error
    assert steady.picture() == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "+1", "01", ".5", "1.", "0x1"])
def test_what_json_does_not_know_is_refused(steady: Account, number: str) -> None:
    bodies = limit_order(amount=number), limit_order(price=number)
    assert refused(steady, *bodies) <= {REQUEST, AMOUNT, PRICE}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"amount": '"0.000001"'}, AMOUNT),
        ({"amount": '"0.0100000001"'}, AMOUNT),
        ({"amount": '"9001"'}, AMOUNT),
        ({"amount": '"0.00001"'}, AMOUNT),
        ({"amount": '"99999999999999999999"'}, AMOUNT),
        ({"price": '"49000.001"'}, PRICE),
        ({"price": '"0.001"'}, PRICE),
        ({"price": '"1000001"'}, PRICE),
        ({"price": '"99999999999999999999"'}, PRICE),
        ({"price": '"100"'}, PRICE),
        ({"price": "null"}, PRICE),
        ({"amount": "null"}, AMOUNT),
        ({"cost": '"100"'}, AMOUNT),
        ({"amount": '"0.3"'}, (400, "INSUFFICIENT_BALANCE")),
        ({"side": '"sell"', "amount": '"1.00001"'}, (400, "INSUFFICIENT_BALANCE")),
        ({"type": '"market"'}, PRICE),
        ({"type": '"market"', "price": "null", "cost": '"100"'}, AMOUNT),
        ({"type": '"market"', "price": "null", "amount": "null"}, AMOUNT),
        ({"type": '"market"', "price": "null", "timeInForce": '"IOC"'}, REQUEST),
        ({"symbol": '"XYZ/USDT"'}, SYMBOL),
        ({"symbol": '""'}, SYMBOL),
        ({"symbol": '"btc/usdt"'}, SYMBOL),
        ({"symbol": "5"}, SYMBOL),
        ({"symbol": "null"}, SYMBOL),
        ({"symbol": '"' + "A" * 9_000 + '"'}, SYMBOL),
        ({"symbol": '"BTC\\u0000USDT"'}, SYMBOL),
        ({"side": '"hold"'}, REQUEST),
        ({"side": '"BUY"'}, REQUEST),
        ({"side": "null"}, REQUEST),
        ({"type": '"stop"'}, REQUEST),
        ({"type": "[]"}, REQUEST),
        ({"timeInForce": '"DAY"'}, REQUEST),
        ({"timeInForce": '"GTD"'}, REQUEST),
        ({"expiresAt": "4102444800000"}, REQUEST),
        ({"timeInForce": '"GTD"', "expiresAt": "1"}, REQUEST),
        ({"timeInForce": '"GTD"', "expiresAt": "-1"}, REQUEST),
        ({"timeInForce": '"GTD"', "expiresAt": "1.5"}, REQUEST),
        ({"timeInForce": '"GTD"', "expiresAt": "1e13"}, REQUEST),
        ({"timeInForce": '"GTD"', "expiresAt": "99999999999999999999"}, REQUEST),
        ({"timeInForce": '"GTD"', "expiresAt": '"4102444800000"'}, REQUEST),
        ({"postOnly": '"true"'}, REQUEST),
        ({"postOnly": "1"}, REQUEST),
        ({"postOnly": "true", "timeInForce": '"IOC"'}, REQUEST),
        ({"clientOrderId": '""'}, REQUEST),
        ({"clientOrderId": '"' + "x" * 65 + '"'}, REQUEST),
        ({"clientOrderId": '"a\\u0000"'}, REQUEST),
        ({"clientOrderId": '"\\u00e9"'}, REQUEST),
        ({"clientOrderId": "5"}, REQUEST),
        ({"unknown": "1"}, REQUEST),
        ({"info": "{}"}, REQUEST),
    ],
)
def test_an_order_that_cannot_be_is_refused(
    steady: Account, fields: dict[str, str], error: tuple[int, str]
) -> None:
    assert refused(steady, limit_order(**fields)) == {error}


@pytest.mark.parametrize("field", ["symbol", "side", "type", "amount", "price"])
def test_a_missing_field_is_refused(steady: Account, field: str) -> None:
    order = json.loads(limit_order())
    del order[field]
    expected = {"amount": AMOUNT, "price": PRICE}.get(field, REQUEST)
    assert refused(steady, json.dumps(order).encode()) == {expected}


BAD_BODIES = [
    *(b"", b"{", b"null", b"[]", b'"order"', b"5", b"{}", b"\x00", b"\xff\xfe", b"true"),
    *(limit_order()[:-1], limit_order() + b"}", limit_order() + limit_order()),
    *(limit_order(amount='"\xff"').decode().encode("latin-1"), b"\xef\xbb\xbf" + limit_order()),
    *(limit_order(amount='"\\ud800"'), limit_order(amount='"\\x"'), limit_order(amount='"')),
    *(b"[" * 60_000, b'{"a":' * 10_000, limit_order(amount="[" * 50_000)),
    limit_order(symbol='"\xed\xa0\x80"').decode().encode("latin-1"),
    limit_order().decode().encode("utf-16"),
    b"symbol=BTC/USDT&side=buy&type=limit&amount=0.01&price=49000",
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_body_that_is_no_order_is_refused(steady: Account, body: bytes) -> None:
    assert refused(steady, body) == {REQUEST}


def test_a_field_given_twice_counts_once(account: Account) -> None:
    """The last one, as everywhere in JSON; it is what was signed."""
    body = limit_order()[:-1] + b',"amount":"0.02"}'
    order: dict[str, Any] = account.client.send("POST", "/v1/order", body).json()
    assert (order["amount"], len(account.read("/v1/orders"))) == (0.02, 1)


def test_what_a_balance_lacks_is_said_in_details(steady: Account) -> None:
    error = steady.client.order("buy", "0.3", "49000").json()["error"]
    assert error["message"] == "Insufficient USDT balance"
    assert error["details"] == {"required": "14700", "available": "9991"}


@pytest.mark.parametrize("body", [b"{}", b"", b"[]", b'{"amount":null}', b'{"side":"sell"}'])
def test_an_amendment_that_changes_nothing_is_refused(steady: Account, body: bytes) -> None:
    assert refused(steady, body, target=open_order(steady)) == {REQUEST}


def test_an_amendment_beyond_the_balance_is_refused(steady: Account) -> None:
    found = refused(steady, b'{"amount":"0.3"}', target=open_order(steady))
    assert found == {(400, "INSUFFICIENT_BALANCE")}


def test_there_is_a_limit_of_open_orders(account: Account) -> None:
    for _ in range(200):
        account.place("buy", "0.001", "40000")
    assert refused(account, limit_order()) == {(400, "TOO_MANY_OPEN_ORDERS")}
