"""The requests that a bench sends: signed as the API asks, within every limit of the market."""

import hashlib
import hmac
import random
from collections import Counter
from decimal import Decimal

import msgspec

from hypersim.account.user import Secret
from hypersim.bench.apis import NATIVE
from hypersim.bench.load import pack, unpack
from hypersim.bench.native_workload import order_body, signed_request
from hypersim.bench.workload import MIX, Trader, drawn_order
from hypersim.feeds.listing import load_instruments
from hypersim.market.instrument import Instrument
from hypersim.trading.filters import check_notional, check_price, check_quantity
from hypersim.trading.order import OrderType, Side

TRADERS = [Trader(f"{n}@example.com", f"key{n}", Secret(f"secret{n}")) for n in range(4)]
LISTED = [listed for listed in load_instruments() if listed.profile is not None][:10]
INSTRUMENTS = [listed.instrument for listed in LISTED]
PRICES = {one.instrument.symbol: one.profile.price for one in LISTED if one.profile is not None}


class Body(msgspec.Struct):
    """An order as the API reads it."""

    symbol: str
    side: Side
    type: OrderType
    amount: Decimal
    price: Decimal | None = None


def head_and_body(request: bytes) -> tuple[list[bytes], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def some_requests(count: int) -> list[bytes]:
    return list(
        NATIVE.order_requests(
            count,
            traders=TRADERS,
            instruments=INSTRUMENTS,
            prices=PRICES,
            host="127.0.0.1:8080",
            timestamp_ms=1_700_000_000_000,
            dice=random.Random(1),
        )
    )


def test_a_signature_is_the_hmac_of_timestamp_method_path_and_body() -> None:
    request = signed_request("POST", "/v1/order", b'{"a":1}', TRADERS[0], "host:1", 1_700_000)
    lines, body = head_and_body(request)
    expected = hmac.new(b"secret0", b'1700000POST/v1/order{"a":1}', hashlib.sha256).hexdigest()
    assert lines[0] == b"POST /v1/order HTTP/1.1"
    assert f"X-API-SIGNATURE: {expected}".encode() in lines
    assert b"X-API-KEY: key0" in lines and b"X-API-TIMESTAMP: 1700000" in lines
    assert b"Content-Length: 7" in lines and body == b'{"a":1}'


def test_a_request_without_a_body_says_nothing_of_one() -> None:
    lines, body = head_and_body(signed_request("GET", "/v1/order/1", b"", TRADERS[0], "h", 5))
    assert body == b""
    assert not [line for line in lines if line.startswith(b"Content-")]


def test_half_of_the_mix_rests_and_sides_are_even() -> None:
    assert sum(shape.rests for shape in MIX) * 2 == len(MIX)
    for rests in (True, False):
        sides = Counter(shape.side for shape in MIX if shape.rests is rests)
        assert sides["buy"] == sides["sell"]


def test_every_trader_and_symbol_gets_the_same_number_of_orders() -> None:
    rounds = 3
    requests = some_requests(rounds * len(TRADERS) * len(INSTRUMENTS))
    places: Counter[tuple[bytes, str]] = Counter()
    for request in requests:
        lines, body = head_and_body(request)
        key = next(line for line in lines if line.startswith(b"X-API-KEY"))
        places[key, msgspec.json.decode(body, type=Body).symbol] += 1
    assert set(places.values()) == {rounds}
    assert len(places) == len(TRADERS) * len(INSTRUMENTS)


def test_orders_pass_every_filter_and_fill_or_rest_as_meant() -> None:
    dice = random.Random(2)
    for instrument in INSTRUMENTS:
        for shape in MIX * 50:
            price = PRICES[instrument.symbol]
            order = drawn_order(shape, instrument, price, dice)
            body = msgspec.json.decode(order_body(order), type=Body)
            check_filters(instrument, body, price)
            is_far = body.price is not None and (
                body.price < price if body.side is Side.BUY else body.price > price
            )
            assert is_far is shape.rests


def check_filters(instrument: Instrument, body: Body, price: Decimal) -> None:
    assert check_quantity(instrument, body.type, body.amount) is None
    assert check_notional(instrument, (body.price or price) * body.amount) is None
    if body.price is not None:
        assert check_price(instrument, body.side, body.price, price) is None


def test_packed_requests_come_out_as_they_went_in() -> None:
    requests = [b"GET / HTTP/1.1\r\n\r\n", b"12\n34", b"", b"\n"]
    assert list(unpack(pack(requests))) == requests
