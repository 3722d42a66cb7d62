"""Parameters and signed bytes, read off the raw query and body."""

from urllib.parse import urlencode

import pytest

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.params.form import (
    PARAMETERS_MAX,
    read_parameters,
    signed_payloads,
    without_signature,
)


def test_query_and_body_are_read_together_and_the_query_wins() -> None:
    assert read_parameters(b"a=1&b=2", b"b=3&c=4") == {"b": "2", "c": "4", "a": "1"}
    assert read_parameters(b"", b"") == {}
    assert read_parameters(b"a=1", b"") == {"a": "1"}


def test_names_and_values_are_decoded() -> None:
    assert read_parameters(b"symbols=%5B%22A%22%5D&b=x+y&%63=1", b"") == {
        "symbols": '["A"]',
        "b": "x y",
        "c": "1",
    }


def test_a_name_twice_in_one_place_is_refused() -> None:
    for query, body in ((b"a=1&a=1", b""), (b"", b"a=1&a=2")):
        with pytest.raises(BinanceError, match="Duplicate values") as caught:
            read_parameters(query, body)
        assert caught.value.code == -1101


@pytest.mark.parametrize("body", [b"{}", b'{"a": 1}', b"[]", b"null"])
def test_a_json_body_holds_no_parameters_and_is_not_signed(body: bytes) -> None:
    assert read_parameters(b"a=1", body) == {"a": "1"}
    assert next(signed_payloads(b"a=1&signature=x", body)) == b"a=1"


def test_odd_forms_do_no_harm() -> None:
    assert read_parameters(b"a&b=&=c&&", b"") == {"a": "", "b": "", "": "c"}
    assert read_parameters(b"a=\xff", b"") == {"a": "\ufffd"}
    assert read_parameters(b"a=1=2", b"") == {"a": "1=2"}


def test_no_more_than_so_many_parameters_are_told_apart() -> None:
    many = urlencode({f"p{number}": 1 for number in range(PARAMETERS_MAX + 50)}).encode()
    assert len(read_parameters(many, b"")) == PARAMETERS_MAX + 1


@pytest.mark.parametrize(
    ("raw", "rest"),
    [
        (b"a=1&signature=x", b"a=1"),
        (b"signature=x", b""),
        (b"signature=x&a=1", b"a=1"),
        (b"a=1&signature=x&b=2", b"a=1&b=2"),
        (b"a=1&b=2", b"a=1&b=2"),
        (b"a=signature=x", b"a=signature=x"),
        (b"", b""),
    ],
)
def test_the_signature_is_taken_out_wherever_it_stands(raw: bytes, rest: bytes) -> None:
    assert without_signature(raw) == rest


def test_the_payload_is_query_and_body_as_sent() -> None:
    assert list(signed_payloads(b"b=2&a=1", b"c=3&signature=x")) == [b"b=2&a=1c=3"]


def test_an_encoded_request_may_have_been_signed_before_it_was_encoded() -> None:
    encoded = b"symbols=%5B%22A%22%5D"
    assert list(signed_payloads(encoded, b"")) == [encoded, b'symbols=["A"]']
    assert list(signed_payloads(b"a=x@y", b"")) == [b"a=x@y", b"a=x%40y"]
