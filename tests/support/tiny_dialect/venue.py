"""One request of this venue: whose it is, what it is refused with."""

from typing import NamedTuple

import msgspec

from hypersim.account.user import ApiKey
from hypersim.api import operation as shared
from hypersim.api.accounts.signing import Denial, find_key, is_fresh, is_hmac_sha256
from hypersim.api.asgi import Scope
from hypersim.api.call import Call as SharedCall
from hypersim.api.edge.client import Client
from hypersim.api.services import Services
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


class Signature(NamedTuple):
    """HMAC-SHA256 in hex, with the secret of `key`, of `time` (ms) and what is signed."""

    key: str
    time: str
    sign: str


def key_of(
    services: Services, client: Client, by: Signature, signed: bytes, security: shared.Security
) -> ApiKey:
    """The key, if it signed that, lately. Raises `TinyError`."""
    view, permission = services.engine.view, security.permission
    key = find_key(view, by.key, address=client.address, permission=permission)
    if isinstance(key, Denial):
        raise TinyError(401, key, "You are not let in")
    if not is_hmac_sha256(key, by.time.encode() + signed, by.sign):
        raise TinyError(401, Denial.WRONG_SIGNATURE, "The key did not sign this")
    stamp_ms, now_ms = int(by.time) if by.time.isdecimal() else 0, services.engine.clock.now_ms()
    if not is_fresh(stamp_ms, now_ms, window_ms=WINDOW_MS, ahead_ms=WINDOW_MS):
        raise TinyError(401, Denial.STALE_TIMESTAMP, f"It is {now_ms}")
    return key
