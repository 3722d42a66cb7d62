"""Who sends a request: section 4.4 of the source design.

payload = timestamp + method + path (with its query string) + body, HMAC-SHA256 in hex, over the
raw bytes received.
"""

from typing import Any, assert_never

from hypersim.account.user import ApiKey, KeyKind, Permission
from hypersim.api.accounts.signing import Denial, find_key, is_fresh, is_hmac_sha256
from hypersim.api.services import Services
from hypersim.dialects.native.errors import ApiError, ErrorCode
from hypersim.dialects.native.limits import charge
from hypersim.dialects.native.venue import KEY_HEADER, Call
from hypersim.edge.client import Client, Counted
from hypersim.service.bound import bind

RECEIVE_WINDOW_MS = 5_000
"""How far a request's timestamp may stand from the exchange's time, either way."""


def authenticate(call: Call, permission: Permission) -> ApiKey:
    """The key that signed the request. Raises `ApiError` 401, 403 or 429."""
    scope = call.scope
    path, query = scope["raw_path"], scope["query_string"]
    target = path + b"?" + query if query and b"?" not in path else path
    headers = dict(scope["headers"])
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
    found = find_key(view, name, address=client.address, permission=permission)
    if isinstance(found, Denial):
        charge(services, client.counted, now_ms)
        raise denied(found)
    is_signed = found.kind is KeyKind.HMAC and is_hmac_sha256(
        found, timestamp.encode() + signed, signature
    )
    if not is_signed:
        charge(services, client.counted, now_ms)
        raise denied(Denial.WRONG_SIGNATURE)
    charge(services, Counted((found.account_id, name)), now_ms)
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16
    if not is_number or not is_fresh(
        int(timestamp), now_ms, window_ms=RECEIVE_WINDOW_MS, ahead_ms=RECEIVE_WINDOW_MS
    ):
        raise denied(Denial.STALE_TIMESTAMP, serverTime=now_ms)
    return found


def bearer_account(call: Call) -> int | None:
    """The account of the login token that the request carries; None where it carries none. Raises
    `ApiError` 401 and 429."""
    headers = dict(call.scope["headers"])
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


def denied(denial: Denial, **details: Any) -> ApiError:
    """A request that was not let in."""
    details = {"reason": denial.value, **details}
    match denial:
        case Denial.UNKNOWN_KEY:
            return ApiError(
                ErrorCode.INVALID_API_KEY, "X-API-KEY is not a valid API key", details, status=401
            )
        case Denial.FORBIDDEN_ADDRESS:
            message = "This API key may not be used from this IP address"
            return ApiError(ErrorCode.INVALID_API_KEY, message, details, status=401)
        case Denial.WRONG_SIGNATURE:
            message = (
                "X-API-SIGNATURE is not the HMAC-SHA256 of timestamp + method + path + body with "
                "this key's secret"
            )
            return ApiError(ErrorCode.INVALID_SIGNATURE, message, details, status=401)
        case Denial.STALE_TIMESTAMP:
            message = (
                f"X-API-TIMESTAMP must be within {RECEIVE_WINDOW_MS} ms of the exchange's time"
            )
            return ApiError(ErrorCode.INVALID_SIGNATURE, message, details, status=401)
        case Denial.MISSING_PERMISSION:
            message = "This API key may only read"
            return ApiError(ErrorCode.PERMISSION_DENIED, message, details, status=403)
        case _:
            assert_never(denial)
