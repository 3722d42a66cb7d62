"""What clients of the streams ask, and the exact words in which they are refused."""

import json

import pytest

from hypersim.dialects.binance.streams.requests import (
    Method,
    StreamError,
    answer,
    boolean_value,
    check_property,
    decode_request,
    id_of,
    refusal_of,
    stream_names,
)

EXPECTED = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"


@pytest.mark.parametrize(
    "request_id",
    [
        "1",
        "0",
        "-5",
        "9223372036854775807",
        '"a1"',
        '"e5ab0c3a-04c8-4bd9-a42f-0ba7a6df5f5d"',
        "null",
    ],
)
def test_the_id_comes_back_as_it_was_sent(request_id: str) -> None:
    text = f'{{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":{request_id}}}'
    request = decode_request(text)
    assert request.method is Method.SUBSCRIBE
    assert stream_names(request) == ["btcusdt@trade"]
    assert answer(request).decode() == f'{{"result":null,"id":{request_id}}}'


@pytest.mark.parametrize(
    ("text", "code", "msg"),
    [
        ("nonsense", 3, "Invalid JSON: expected value at line 1 column 1"),
        ('{"method":,"id":1}', 3, "Invalid JSON: expected value at line 1 column 11"),
        ('{"id":1}', 2, "Invalid request: missing field `method` at line 1 column 8"),
        (
            '{"method":"SUBSCRIBES","id":1}',
            2,
            f"Invalid request: unknown variant `SUBSCRIBES`, expected one of {EXPECTED}"
            " at line 1 column 22",
        ),
        (
            '{"method":"SUBSCRIBE","params":[]}',
            2,
            "Invalid request: request ID must be an unsigned integer",
        ),
        (
            '{"method":"SUBSCRIBE","params":[],"id":1.5}',
            2,
            "Invalid request: request ID must be an unsigned integer",
        ),
        (
            '{"method":"SUBSCRIBE","params":[],"id":9223372036854775808}',
            2,
            "Invalid request: request ID must be an unsigned integer",
        ),
        (
            '{"method":"SUBSCRIBE","params":[],"id":"a text that is too long for this, over 36"}',
            2,
            "Invalid request: request ID must be an unsigned integer",
        ),
        (
            '{"method":"SUBSCRIBE","params":{},"id":1}',
            2,
            "Invalid request: params must be an array",
        ),
        ('{"method":["SUBSCRIBE"],"id":1}', 2, None),
        ("[]", 2, None),
        ("1", 2, None),
        ("[" * 20_000, 3, None),
        ('{"method":"SUBSCRIBE","id":"\ud800"}', 3, None),
        ('{"method":"SUBSCRIBE","id":NaN}', 3, None),
    ],
)
def test_nonsense_is_refused_in_the_documented_words(text: str, code: int, msg: str | None) -> None:
    with pytest.raises(StreamError) as caught:
        decode_request(text)
    assert caught.value.code == code
    if msg is not None:
        assert caught.value.msg == msg


def test_a_refusal_carries_the_id_where_there_is_one() -> None:
    error = StreamError(2, "Invalid request: invalid stream")
    known = json.loads(refusal_of(error, id_of('{"id":"x","method":1}')))
    assert known == {"error": {"code": 2, "msg": "Invalid request: invalid stream"}, "id": "x"}
    assert "id" not in json.loads(refusal_of(error, id_of('{"id":[1]}')))
    assert "id" not in json.loads(refusal_of(error, id_of("nonsense")))


@pytest.mark.parametrize(
    ("params", "code", "msg"),
    [
        ("[]", 2, "Invalid request: property name must be a string"),
        ("[5,true]", 2, "Invalid request: property name must be a string"),
        ('["combined",true,1]', 2, "Invalid request: too many parameters"),
        ('["other",true]', 0, "Unknown property"),
        ('["combined"]', 1, "Invalid value type: expected Boolean"),
        ('["combined","true"]', 1, "Invalid value type: expected Boolean"),
        ('["combined",1]', 1, "Invalid value type: expected Boolean"),
    ],
)
def test_properties_are_checked(params: str, code: int, msg: str) -> None:
    request = decode_request(f'{{"method":"SET_PROPERTY","params":{params},"id":1}}')
    with pytest.raises(StreamError) as caught:
        check_property(request, 2)
        boolean_value(request)
    assert (caught.value.code, caught.value.msg) == (code, msg)


def test_names_that_are_no_text_are_no_streams() -> None:
    with pytest.raises(StreamError, match="invalid stream"):
        stream_names(decode_request('{"method":"SUBSCRIBE","params":[1],"id":1}'))
    with pytest.raises(StreamError, match="invalid stream"):
        stream_names(decode_request('{"method":"SUBSCRIBE","params":[["a"]],"id":1}'))
