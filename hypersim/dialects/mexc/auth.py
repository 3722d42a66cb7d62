"""Who sends a request, and whether they may (spot_v3_en, "SIGNED")."""

from typing import assert_never

from hypersim.account.user import ApiKey
from hypersim.api.accounts.signing import Denial, find_key, is_fresh, is_signed
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.dialects.mexc import errors
from hypersim.dialects.mexc.params import Params, Sent
from hypersim.edge.client import Client

WINDOW_MS, WINDOW_MS_MAX = 5_000, 60_000
AHEAD_MS = 1_000
"""How far a timestamp may be ahead of the exchange's time."""


def usable_key(services: Services, name: str, client: Client, security: Security) -> ApiKey:
    """The key of that name, if it may be used for this, from there. Raises 400, 10072, 700006 or
    700007."""
    if not name:
        raise errors.no_key()
    view, address = services.engine.view, client.address
    key = find_key(view, name, address=address, permission=security.permission)
    if not isinstance(key, Denial):
        return key
    match key:
        case Denial.FORBIDDEN_ADDRESS:
            raise errors.address_not_listed(address)
        case Denial.MISSING_PERMISSION:
            raise errors.no_permission()
        case Denial.UNKNOWN_KEY | Denial.WRONG_SIGNATURE | Denial.STALE_TIMESTAMP:
            raise errors.invalid_key()
        case _:
            assert_never(key)


def check_signed(
    services: Services, key: ApiKey, sent: Sent, values: dict[str, str], now_ms: int
) -> None:
    """Lately, and by the key's owner. Raises 700002 to 700005."""
    params = Params(values)
    stamp_ms = params.need_integer("timestamp")
    window_ms = params.integer("recvWindow")
    if window_ms is None:
        window_ms = WINDOW_MS
    if window_ms > WINDOW_MS_MAX:
        raise errors.bad_receive_window()
    signature = params.need("signature")
    if not is_signed(key, sent.payloads(values), signature):
        raise errors.bad_signature()
    clock = services.engine.clock
    if not is_fresh(clock, key.key, stamp_ms, now_ms, window_ms=window_ms, ahead_ms=AHEAD_MS):
        raise errors.stale_timestamp()
