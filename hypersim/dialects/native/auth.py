"""Who sends a request: section 4.4 of the source design.

payload = timestamp + method + path (with its query string) + body, HMAC-SHA256 in hex, over the
raw bytes received.
"""

from typing import Any, assert_never, cast

from litestar import Request

from hypersim.account.user import ApiKey, KeyKind, Permission
from hypersim.api.accounts.signing import Denial, find_key, is_fresh, is_hmac_sha256
from hypersim.api.asgi import Scope
from hypersim.api.edge.client import Client, Counted, client_of
from hypersim.api.services import Services
from hypersim.dialects.native.errors import ApiError, ErrorCode
from hypersim.service.transaction import Caller

NAME = "native"
"""Of this dialect."""

KEY_HEADER = b"x-api-key"
RECEIVE_WINDOW_MS = 5_000
"""How far a request's timestamp may stand from the exchange's time, either way."""

NativeRequest = Request[Any, Any, Any]


def services_of(request: NativeRequest) -> Services:
    """The running exchange that the app was built on."""
    return cast(Services, request.app.state.services)


def scope_of(request: NativeRequest) -> Scope:
    """The request as the server handed it over."""
    return cast(Scope, request.scope)


def caller_of(key: ApiKey) -> Caller:
    """Whose request it is."""
    return Caller(key.account_id, key.key, NAME)


async def signed_body(request: NativeRequest, permission: Permission) -> tuple[ApiKey, bytes]:
    """The key that signed the request, and the request's body. Raises `ApiError`."""
    body = await request.body()
    return authenticate(services_of(request), scope_of(request), body, permission), body


def authenticate(services: Services, scope: Scope, body: bytes, permission: Permission) -> ApiKey:
    """The key that signed the request. Raises `ApiError` 401, 403 or 429."""
    path, query = scope["raw_path"], scope["query_string"]
    target = path + b"?" + query if query and b"?" not in path else path
    headers = dict(scope["headers"])
    return check_signature(
        services,
        name=headers.get(KEY_HEADER, b"").decode("latin-1"),
        timestamp=headers.get(b"x-api-timestamp", b"").decode("latin-1"),
        signature=headers.get(b"x-api-signature", b"").decode("latin-1"),
        signed=scope["method"].encode() + target + body,
        client=client_of(scope),
        permission=permission,
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
) -> ApiKey:
    """The key of that name, if it signed `timestamp + signed`, lately, from where it may. Who is
    not let in is counted by address: a made-up key is no way around the limit."""
    now_ms = services.engine.clock.now_ms()
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


def client_address(scope: Scope) -> str:
    """The client's IP address."""
    return client_of(scope).address


def charge_address(services: Services, scope: Scope) -> None:
    """Count a public request against its sender's limit. Raises `ApiError` 429."""
    charge(services, _counted(services, scope), services.engine.clock.now_ms())


def client_of_request(request: NativeRequest) -> Counted:
    """Against what the request counts."""
    return _counted(services_of(request), scope_of(request))


def charge(services: Services, counted: Counted, now_ms: int, weight: int = 1) -> None:
    """Count so many requests against the client's limit. Raises `ApiError` 429."""
    wait_ms = services.limiter.take(counted.name, now_ms, weight, width=counted.width)
    if wait_ms:
        raise ApiError(
            ErrorCode.RATE_LIMIT_EXCEEDED,
            f"Over {services.limiter.limit * counted.width} requests a minute",
            {"retryAfterMs": wait_ms},
            status=429,
            headers={"Retry-After": str(-(-wait_ms // 1000))},
        )


def _counted(services: Services, scope: Scope) -> Counted:
    name = next((value for name, value in scope["headers"] if name == KEY_HEADER), b"")
    return client_of(scope).counted_by(services.engine.view.keys, name.decode("latin-1"))


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
