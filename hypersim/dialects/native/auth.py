"""Who sends a request: section 4.4 of the source design.

payload = timestamp + method + path (with its query string) + body, HMAC-SHA256 in hex, over the
raw bytes received.
"""

from typing import Any

from hypersim.account.user import ApiKey, Permission
from hypersim.api.accounts.signing import Claim, Denial, signed_key
from hypersim.api.services import Services
from hypersim.dialects.native.errors import ApiError, ErrorCode
from hypersim.dialects.native.limits import charge
from hypersim.dialects.native.venue import KEY_HEADER, Call
from hypersim.edge.asgi import headers_of
from hypersim.edge.client import Client, Counted
from hypersim.service.bound import bind

RECEIVE_WINDOW_MS = 5_000
"""How far a request's timestamp may stand from the exchange's time, either way."""


def authenticate(call: Call, permission: Permission) -> ApiKey:
    """The key that signed the request. Raises `ApiError` 401, 403 or 429."""
    scope = call.scope
    path, query = scope["raw_path"], scope["query_string"]
    target = path + b"?" + query if query and b"?" not in path else path
    headers = headers_of(scope)
    return check_signature(
        call.services,
        name=headers.get(KEY_HEADER, b"").decode("latin-1"),
        timestamp=headers.get(b"x-api-timestamp", b"").decode("latin-1"),
        signature=headers.get(b"x-api-signature", b"").decode("latin-1"),
        signed=scope["method"].encode() + target + call.body,
        client=call.client,
        permission=permission,
        now_ms=call.arrived_ms,
    )


def check_signature(
    services: Services,
    *,
    name: str,
    timestamp: str,
    signature: str,
    signed: bytes,
    client: Client,
    permission: Permission,
    now_ms: int,
) -> ApiKey:
    """The key of that name, if it signed `timestamp + signed`, lately, from where it may. Who is
    not let in is counted by address: a made-up key is no way around the limit."""
    view = services.engine.view
    is_time = len(timestamp) <= 16 and timestamp.isascii() and timestamp.isdigit()
    stamp_ms = int(timestamp) if is_time else None
    payload = timestamp.encode() + signed
    claim = Claim(name, payload, signature, stamp_ms, client.address)
    found = signed_key(view, services.engine.clock, claim, permission, now_ms, RECEIVE_WINDOW_MS)
    if isinstance(found, ApiKey):
        charge(services, Counted((found.account_id, name)), now_ms)
        return found
    is_owner = found is _STALE
    counted = Counted((view.keys[name].account_id, name)) if is_owner else client.counted
    charge(services, counted, now_ms)
    raise denied(found, **({"serverTime": now_ms} if is_owner else {}))


def bearer_account(call: Call) -> int | None:
    """The account of the login token that the request carries; None where it carries none. Raises
    `ApiError` 401 and 429."""
    headers = headers_of(call.scope)
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if not token:
        return None
    call.who = call.counted()
    charge(call.services, call.who, call.arrived_ms)
    view = call.view
    bind(view.generation)
    account_id = call.services.tokens.account_id(token, view.users, call.arrived_ms)
    if scheme.lower() != "bearer" or account_id is None:
        message = "The login token is invalid or over; log in again"
        raise ApiError(ErrorCode.INVALID_CREDENTIALS, message, status=401)
    return account_id


_STALE = Denial.STALE_TIMESTAMP
_DENIALS = {
    Denial.UNKNOWN_KEY: (ErrorCode.INVALID_API_KEY, "X-API-KEY is not a valid API key"),
    Denial.FORBIDDEN_ADDRESS: (
        ErrorCode.INVALID_API_KEY,
        "This API key may not be used from this IP address",
    ),
    Denial.WRONG_SIGNATURE: (
        ErrorCode.INVALID_SIGNATURE,
        "X-API-SIGNATURE is not the HMAC-SHA256 of timestamp + method + path + body with this "
        "key's secret",
    ),
    Denial.STALE_TIMESTAMP: (
        ErrorCode.INVALID_SIGNATURE,
        f"X-API-TIMESTAMP must be within {RECEIVE_WINDOW_MS} ms of the exchange's time",
    ),
    Denial.MISSING_PERMISSION: (ErrorCode.PERMISSION_DENIED, "This API key may only read"),
}


def denied(denial: Denial, **details: Any) -> ApiError:
    """A request that was not let in."""
    code, message = _DENIALS[denial]
    status = 403 if code is ErrorCode.PERMISSION_DENIED else 401
    return ApiError(code, message, {"reason": denial.value, **details}, status=status)
