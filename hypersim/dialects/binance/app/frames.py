"""Frames of the WebSocket API: a request as it comes in, an answer as it goes out."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

import msgspec

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.errors.parameters import invalid_json

ID_LEGAL = "^[a-zA-Z0-9-_]{1,36}$"
ID_LENGTH_MAX = 256
PARAMETERS_MAX = 256

_NULL = msgspec.Raw(b"null")
_NUMBER = re.compile(rb"-?[0-9]+", re.ASCII)

encode = msgspec.json.Encoder().encode


class Frame(msgspec.Struct):
    """A request. `id` is sent back as it came."""

    method: str
    id: msgspec.Raw = _NULL
    params: dict[str, msgspec.Raw] | None = None


_frame = msgspec.json.Decoder(Frame)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decode_frame(text: str) -> Frame:
    """The request. Raises -1135, in the words of what is wrong."""
    try:
        frame = _frame.decode(text)
    except msgspec.ValidationError as error:
        raise invalid_json(_explain(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise invalid_json() from None
    if not is_id(frame.id):
        raise invalid_json(
            f"Invalid 'id' in JSON request; expected an integer, a string matching '{ID_LEGAL}', "
            "or null."
        )
    return frame


def id_of(text: str) -> msgspec.Raw:
    """The id of a frame that is otherwise no request; null when it has none."""
    try:
        found = _object.decode(text).get("id", _NULL)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _NULL
    return found if is_id(found) else _NULL


def is_id(raw: msgspec.Raw) -> bool:
    """Whether it is a number, a short text or null."""
    written = bytes(raw)
    if len(written) > ID_LENGTH_MAX:
        return False
    if written.startswith(b'"'):
        # The decoder that leaves a text raw has not looked inside.
        try:
            return bool(msgspec.json.decode(written, type=str).isprintable())
        except (msgspec.DecodeError, UnicodeError):
            return False
    return written == b"null" or bool(_NUMBER.fullmatch(written))


def read_values(params: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """Every value as the text that its sender sees: numbers as written, arrays as compact JSON.
    Null is as good as absent. Raises -1135."""
    if len(params) > PARAMETERS_MAX:
        raise invalid_json()
    values = {}
    for name, raw in params.items():
        written = bytes(raw)
        if written == b"null":
            continue
        try:
            values[name] = _text(written)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise invalid_json() from None
    return values


def signed_payloads(values: Mapping[str, str]) -> Iterator[bytes]:
    """What a client may have signed: all but the signature, sorted by name, plain or encoded."""
    pairs = sorted((name, value) for name, value in values.items() if name != "signature")
    plain = "&".join(f"{name}={value}" for name, value in pairs)
    yield plain.encode("utf-8", "replace")
    for encoded in (quote, quote_plus):
        other = "&".join(f"{name}={encoded(value, safe='')}" for name, value in pairs)
        if other != plain:
            yield other.encode()


def answer(request_id: msgspec.Raw, result: object, limits: object) -> str:
    """A successful response; without rate limits when there are none to show."""
    body: dict[str, object] = {"id": request_id, "status": 200, "result": result}
    if limits is not None:
        body["rateLimits"] = limits
    return encode(body).decode()


def failure(request_id: msgspec.Raw, error: BinanceError, limits: object, now: int) -> str:
    """A refusal. `now` is the exchange's time, for clients that asked too much."""
    told = error.body()
    if error.retry_at_ms is not None:
        told["data"] = {"serverTime": now, "retryAfter": error.retry_at_ms}
    body: dict[str, object] = {"id": request_id, "status": error.status, "error": told}
    if limits is not None:
        body["rateLimits"] = limits
    return encode(body).decode()


def _text(written: bytes) -> str:
    if written.startswith(b'"'):
        return msgspec.json.decode(written, type=str)
    if written.startswith((b"[", b"{")):
        return encode(msgspec.json.decode(written)).decode()
    return written.decode()


def _explain(problem: str) -> str:
    if "params" in problem:
        return "Invalid 'params' in JSON request; expected an object."
    if "method" in problem:
        return "Invalid 'method' in JSON request; expected a string."
    return "Invalid JSON Request"
