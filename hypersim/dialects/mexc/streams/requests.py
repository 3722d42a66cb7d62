"""What a client of the channels says, and how it is answered (spot_v3_en, "Live Subscribing").
Answers are JSON, unlike pushes."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

DONE, FAILED = 0, 1
"""Codes of answers; what could not be subscribed is told under the first one."""

_SHOWN_MAX = 200
"""Letters of what a client said that are repeated to it."""

_encode = msgspec.json.Encoder().encode


class Method(StrEnum):
    """What can be asked, in any case of letters."""

    SUBSCRIPTION = "SUBSCRIPTION"
    UNSUBSCRIPTION = "UNSUBSCRIPTION"
    PING = "PING"


class Request(msgspec.Struct, frozen=True):
    """One message from the client; a number that it is asked under is sent back."""

    method: str
    params: list[str] = []
    id: int = 0


_decode = msgspec.json.Decoder(Request).decode


class BadMessage(Exception):
    """It makes no sense."""


def decode_request(text: str) -> tuple[Method, Request]:
    """What is asked. Raises `BadMessage`."""
    try:
        request = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadMessage(f"msg is invalid: {error}") from None
    known = {method.value: method for method in Method}
    method = known.get(request.method.upper())
    if method is None:
        expected = ", ".join(Method)
        raise BadMessage(f"method {request.method[:_SHOWN_MAX]} is not one of {expected}")
    return method, request


def answer(request_id: int, msg: str, code: int = DONE) -> bytes:
    """A response."""
    return _encode({"id": request_id, "code": code, "msg": msg})


def not_subscribed(names: Iterable[str], reason: str) -> str:
    """What is said of channels that are not there, or not for this client."""
    return f"Not Subscribed successfully! [{','.join(names)[:_SHOWN_MAX]}].  Reason: {reason}! "
