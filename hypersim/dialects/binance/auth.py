"""Who sends a request, and whether they may: security types, keys, timestamps, signatures."""

import re
from collections.abc import Iterable
from functools import lru_cache

from hypersim.account.user import ApiKey
from hypersim.api.accounts.signing import Denial, find_key, is_fresh, is_signed
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.dialects.binance.errors import general as errors
from hypersim.dialects.binance.errors.parameters import illegal_characters, too_precise
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.params.values import MICROSECONDS_FROM
from hypersim.service.clock import Clock

RECEIVE_WINDOW_MS = 5_000
RECEIVE_WINDOW_MS_MAX = 60_000
AHEAD_MS = 1_000
"""How far a timestamp may be ahead of the exchange's time."""

WINDOWS_KEPT = 256
KEY_LENGTH_MAX = 256
WINDOW_LEGAL = r"^([0-9]{1,5})(\.[0-9]{1,3})?$"

_UNSIGNED = Security.KEY
_KEY = re.compile(rf"[\w.\-]{{1,{KEY_LENGTH_MAX}}}", re.ASCII)
_WINDOW = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)


def usable_key(services: Services, name: str, address: str, security: Security) -> ApiKey:
    """The key of that name, if it may be used for this, from there. Raises -2014 or -2015."""
    view = services.engine.view
    found = find_key(view, name, address=address, permission=security.permission)
    if isinstance(found, Denial):
        raise errors.rejected_key() if _KEY.fullmatch(name) else errors.bad_key_format()
    return found


def check_time(clock: Clock, key: str, params: Params, now_ms: int) -> None:
    """Read `timestamp` (ms or µs) and `recvWindow` (ms, three decimals). Raises -1102, -1100,
    -1131 or -1021."""
    stamp = params.need_integer("timestamp")
    window_ms = _receive_window_ms(params.take("recvWindow"))
    if stamp >= MICROSECONDS_FROM:
        stamp //= 1_000
    if is_fresh(clock, key, stamp, now_ms, window_ms=window_ms, ahead_ms=AHEAD_MS):
        return
    raise errors.early_timestamp() if stamp >= now_ms + AHEAD_MS else errors.stale_timestamp()


def authenticate(
    services: Services,
    security: Security,
    params: Params,
    *,
    name: str,
    payloads: Iterable[bytes],
    address: str,
    now_ms: int,
) -> ApiKey:
    """The key of a request, by everything its security type asks for."""
    key = usable_key(services, name, address, security)
    if security is not _UNSIGNED:
        signature = params.need("signature")
        check_time(services.engine.clock, name, params, now_ms)
        if not is_signed(key, payloads, signature):
            raise errors.bad_signature()
    return key


@lru_cache(WINDOWS_KEPT)
def _receive_window_ms(text: str | None) -> int:
    """Rounded up to whole milliseconds. Clients send the same one all the time."""
    if text is None:
        return RECEIVE_WINDOW_MS
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise illegal_characters("recvWindow", WINDOW_LEGAL)
    decimals = match[2] or ""
    if len(decimals) > 3:
        raise too_precise("recvWindow")
    window_ms = int(match[1]) + bool(decimals.strip("0"))
    if window_ms > RECEIVE_WINDOW_MS_MAX:
        raise errors.bad_receive_window()
    return window_ms
