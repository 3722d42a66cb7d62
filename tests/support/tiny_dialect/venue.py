"""One request of this venue: whose it is, what it is refused with."""

import msgspec

from hypersim.account.user import ApiKey
from hypersim.api import operation as shared
from hypersim.api.accounts.signing import Claim, Denial, signed_key
from hypersim.api.call import Call as SharedCall
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.api.streams.subscriber import TooManySubscriptions
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.trading.rejections import Rejected

WINDOW_MS = 5_000
encode = msgspec.json.encode


class TinyError(Exception):
    """Told as `{"code": …, "text": …}`; who is told may ask again after `wait_s`."""

    def __init__(self, status: int, code: str, text: str, wait_s: int = 0) -> None:
        super().__init__(text)
        self.status, self.code, self.wait_s = status, code.replace("_", "-"), wait_s

    def body(self) -> dict[str, str]:
        return {"code": self.code, "text": str(self)}


def error_of(failure: Exception) -> TinyError:
    """What is told of a failure: of a bug as little as can be."""
    is_wrong = isinstance(failure, msgspec.DecodeError | ValueError | TooManySubscriptions)
    found = (400, "malformed", str(failure)) if is_wrong else (500, "unknown", "Ask us")
    return failure if isinstance(failure, TinyError) else TinyError(*found)


def refused(rejected: Rejected) -> TinyError:
    """There is a word for each reason: the core's, with hyphens."""
    is_missing = rejected.reason.endswith("_not_found")
    return TinyError(404 if is_missing else 400, rejected.reason, rejected.message)


class Call(SharedCall):
    """`argument` is the parameter in its path."""

    __slots__ = ("argument", "body", "operation", "scope")
    dialect = "tiny"
    argument: str
    body: bytes
    operation: "Operation"
    scope: Scope


class Operation(shared.Operation[Call, None]):
    """What can be asked."""


def key_of(
    services: Services, client: Client, by: tuple[str, str, str], signed: bytes, security: Security
) -> ApiKey:
    """The key, if it signed that lately: `by` are its name, the time (ms), and the HMAC-SHA256 in
    hex of time and what is signed. Raises `TinyError`."""
    name, time, sign = by
    now_ms = services.engine.clock.now_ms()
    stamp_ms = int(time) if time.isdecimal() else None
    claim = Claim(name, time.encode() + signed, sign, stamp_ms, client.address)
    engine = services.engine
    key = signed_key(engine.view, engine.clock, claim, security.permission, now_ms, WINDOW_MS)
    if isinstance(key, Denial):
        raise TinyError(401, key, f"You are not let in; it is {now_ms}")
    return key
