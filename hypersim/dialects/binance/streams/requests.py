"""What a client of the streams says, and how it is answered."""

import json
import re
from enum import StrEnum

import msgspec

ID_MIN, ID_MAX = -(2**63), 2**63 - 1

_NULL = msgspec.Raw(b"null")
_INTEGER = re.compile(rb"-?[0-9]{1,19}", re.ASCII)
_TEXT = re.compile(rb'"[a-zA-Z0-9_-]{0,36}"', re.ASCII)

_encode = msgspec.json.Encoder().encode
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Method(StrEnum):
    """What can be asked."""

    SUBSCRIBE = "SUBSCRIBE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    LIST_SUBSCRIPTIONS = "LIST_SUBSCRIPTIONS"
    SET_PROPERTY = "SET_PROPERTY"
    GET_PROPERTY = "GET_PROPERTY"


class StreamError(Exception):
    """A request that is refused."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg


class Request(msgspec.Struct, frozen=True):
    """One message from the client. `id` is sent back as it came."""

    method: Method
    id: msgspec.Raw
    params: list[object]


def decode_request(text: str) -> Request:
    """The request. Raises `StreamError`."""
    fields = _fields(text)
    if "method" not in fields:
        raise invalid(f"missing field `method` {_position(text, len(text))}")
    method = _method(text, fields["method"])
    request_id = fields.get("id")
    if request_id is None or not _is_id(bytes(request_id)):
        raise invalid("request ID must be an unsigned integer")
    return Request(method, request_id, _params(fields.get("params", _NULL)))


def id_of(text: str) -> msgspec.Raw | None:
    """The id under which a refusal is answered, where there is one."""
    try:
        found = _object.decode(text).get("id")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if found is not None and _is_id(bytes(found)) else None


def stream_names(request: Request) -> list[str]:
    """The names in a (UN)SUBSCRIBE, each once. Raises `StreamError`."""
    names: dict[str, None] = {}
    for name in request.params:
        if not isinstance(name, str):
            raise invalid_stream()
        names[name] = None
    return list(names)


def check_property(request: Request, parameters: int) -> None:
    """A property that there is, and so many parameters. Raises `StreamError`."""
    params = request.params
    if not params or not isinstance(params[0], str):
        raise invalid("property name must be a string")
    if len(params) > parameters:
        raise too_many_parameters()
    if params[0] != "combined":
        raise StreamError(0, "Unknown property")


def boolean_value(request: Request) -> bool:
    """What SET_PROPERTY sets. Raises `StreamError`."""
    value = request.params[1] if len(request.params) > 1 else None
    if not isinstance(value, bool):
        raise StreamError(1, "Invalid value type: expected Boolean")
    return value


def invalid(what: str) -> StreamError:
    """The request makes no sense."""
    return StreamError(2, f"Invalid request: {what}")


def invalid_stream() -> StreamError:
    """No stream can have that name."""
    return invalid("invalid stream")


def too_many_parameters() -> StreamError:
    """Parameters where none are taken."""
    return invalid("too many parameters")


def too_many_streams() -> StreamError:
    """More than a connection can listen to."""
    return StreamError(4, "Too many subscriptions")


def answer(request: Request, result: object = None) -> bytes:
    """A successful response."""
    return _encode({"result": result, "id": request.id})


def refusal_of(error: StreamError, request_id: msgspec.Raw | None) -> bytes:
    """A refusal; without an id when the request had none."""
    body: dict[str, object] = {"error": {"code": error.code, "msg": error.msg}}
    if request_id is not None:
        body["id"] = request_id
    return _encode(body)


def _fields(text: str) -> dict[str, msgspec.Raw]:
    try:
        # The strict decoder first: a raw value may hold anything.
        found = json.loads(text)
        if isinstance(found, dict):
            return _object.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise StreamError(3, f"Invalid JSON: expected value at {where}") from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise StreamError(3, "Invalid JSON: expected value at line 1 column 1") from None
    raise invalid(f"invalid type, expected a request object {_position(text, len(text))}")


def _method(text: str, raw: msgspec.Raw) -> Method:
    name = json.loads(bytes(raw))
    known = {method.value: method for method in Method}
    if isinstance(name, str) and name in known:
        return known[name]
    shown = name[:40] if isinstance(name, str) else bytes(raw).decode()[:40]
    expected = ", ".join(f"`{method}`" for method in Method)
    end = text.find(bytes(raw).decode(), text.find('"method"') + len('"method"')) + len(
        bytes(raw).decode()
    )
    raise invalid(f"unknown variant `{shown}`, expected one of {expected} {_position(text, end)}")


def _params(raw: msgspec.Raw) -> list[object]:
    params = json.loads(bytes(raw))
    if params is None:
        return []
    if not isinstance(params, list):
        raise invalid("params must be an array")
    return params


def _is_id(written: bytes) -> bool:
    if _INTEGER.fullmatch(written):
        return ID_MIN <= int(written) <= ID_MAX
    return written == b"null" or bool(_TEXT.fullmatch(written))


def _position(text: str, end: int) -> str:
    """Where in the text the parser noticed, as it says it."""
    before = text[:end]
    line = before.count("\n") + 1
    return f"at line {line} column {end - (before.rfind(chr(10)) + 1)}"
