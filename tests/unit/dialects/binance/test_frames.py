"""Frames of the WebSocket API."""

import json

import pytest

from hypersim.dialects.binance.app.frames import (
    answer,
    decode_frame,
    failure,
    id_of,
    read_values,
    signed_payloads,
)
from hypersim.dialects.binance.errors.general import BinanceError, too_much_weight


@pytest.mark.parametrize("written", ["1", "-7", '"abc"', "null", '"0"', "0"])
def test_an_id_comes_back_as_it_was(written: str) -> None:
    frame = decode_frame(f'{{"id":{written},"method":"ping"}}')
    assert answer(frame.id, {}, None) == f'{{"id":{written},"status":200,"result":{{}}}}'


def test_a_frame_without_an_id_is_answered_with_null() -> None:
    assert bytes(decode_frame('{"method":"ping"}').id) == b"null"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Invalid JSON"),
        ("1", "Invalid JSON"),
        ("[" * 10_000, "Invalid JSON"),
        ('{"id":1}', "'method'"),
        ('{"id":1,"method":1}', "'method'"),
        ('{"id":1,"method":"x","params":[]}', "'params'"),
        ('{"id":{},"method":"x"}', "'id'"),
        ('{"id":1.5,"method":"x"}', "'id'"),
        ('{"id":"%s","method":"x"}' % ("a" * 300), "'id'"),
    ],
)
def test_what_is_no_request_is_explained(text: str, told: str) -> None:
    with pytest.raises(BinanceError, match=told) as caught:
        decode_frame(text)
    assert caught.value.code == -1135


def test_the_id_of_a_bad_frame_is_known_where_it_can_be() -> None:
    assert bytes(id_of('{"id":5}')) == b"5"
    assert bytes(id_of('{"id":[]}')) == b"null"
    assert bytes(id_of("{")) == b"null"


def test_values_are_the_text_that_was_sent() -> None:
    params = (
        '{"id":1,"method":"x","params":{"a":1,"b":"x\\u0041","c":0.10,"d":true,"e":null,'
        '"f":["A", "B"]}}'
    )
    values = read_values(decode_frame(params).params or {})
    assert values == {"a": "1", "b": "xA", "c": "0.10", "d": "true", "f": '["A","B"]'}


def test_the_payload_is_sorted_and_may_have_been_encoded() -> None:
    values = {"b": "x y", "a": "1", "signature": "s"}
    assert list(signed_payloads(values)) == [b"a=1&b=x y", b"a=1&b=x%20y", b"a=1&b=x+y"]
    assert list(signed_payloads({"a": "1"})) == [b"a=1"]


def test_a_refusal_has_a_status_and_says_when_to_come_again() -> None:
    frame = decode_frame('{"id":1,"method":"x"}')
    body = json.loads(failure(frame.id, BinanceError(-1, "m", data={"x": 1}), None, 0))
    assert body == {"id": 1, "status": 400, "error": {"code": -1, "msg": "m", "data": {"x": 1}}}
    body = json.loads(failure(frame.id, too_much_weight(1, 9), [], 7))
    assert body["status"] == 429
    assert body["error"]["data"] == {"serverTime": 7, "retryAfter": 9}
    assert body["rateLimits"] == []
