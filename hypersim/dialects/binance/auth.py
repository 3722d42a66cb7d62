"""Who sends a request, and whether they may: security types, keys, timestamps, signatures."""

import binascii
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import assert_never

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from hypersim.account.user import ApiKey, KeyKind
from hypersim.api.accounts.signing import Denial, find_key, is_fresh, is_hmac_sha256
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.dialects.binance.errors import general as errors
from hypersim.dialects.binance.errors.parameters import illegal_characters, too_precise
from hypersim.dialects.binance.params.reading import MICROSECONDS_FROM, Params

RECEIVE_WINDOW_MS = 5_000
RECEIVE_WINDOW_MS_MAX = 60_000
AHEAD_MS = 1_000
"""How far a timestamp may be ahead of the exchange's time."""

WINDOWS_KEPT = 256
KEY_LENGTH_MAX = 256
WINDOW_LEGAL = r"^([0-9]{1,5})(\.[0-9]{1,3})?$"

_KEY = re.compile(rf"[\w.\-]{{1,{KEY_LENGTH_MAX}}}", re.ASCII)
_WINDOW = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)


def usable_key(services: Services, name: str, address: str, security: Security) -> ApiKey:
    """The key of that name, if it may be used for this, from there. Raises -2014 or -2015."""
    view = services.engine.view
    found = find_key(view, name, address=address, permission=security.permission)
    if isinstance(found, Denial):
        raise errors.rejected_key() if _KEY.fullmatch(name) else errors.bad_key_format()
    return found


def check_time(params: Params, now_ms: int) -> None:
    """Read `timestamp` (ms or µs) and `recvWindow` (ms, three decimals). Raises -1102, -1100,
    -1131 or -1021."""
    stamp = params.need_integer("timestamp")
    window_ms = _receive_window_ms(params.take("recvWindow"))
    if stamp >= MICROSECONDS_FROM:
        stamp //= 1_000
    if is_fresh(stamp, now_ms, window_ms=window_ms, ahead_ms=AHEAD_MS):
        return
    raise errors.early_timestamp() if stamp >= now_ms + AHEAD_MS else errors.stale_timestamp()


def check_signature(key: ApiKey, signature: str, payloads: Iterable[bytes]) -> None:
    """Whether the key signed one of the payloads. Raises -1022."""
    for payload in payloads:
        if is_signed(key, payload, signature):
            return
    raise errors.bad_signature()


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
    if security is not Security.KEY:
        signature = params.need("signature")
        check_time(params, now_ms)
        check_signature(key, signature, payloads)
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


PUBLIC_KEYS_KEPT = 1_024


def is_signed(key: ApiKey, payload: bytes, signature: str) -> bool:
    """Whether the key's owner signed the payload."""
    match key.kind:
        case KeyKind.HMAC:
            return is_hmac_sha256(key, payload, signature)
        case KeyKind.ED25519 | KeyKind.RSA:
            return _is_signed_by(key.secret.value, payload, signature)
        case _:
            assert_never(key.kind)


def _is_signed_by(pem: str, payload: bytes, signature: str) -> bool:
    public_key = _public_key(pem)
    try:
        # A plus that the client did not encode has become a blank on the way.
        raw = binascii.a2b_base64(signature.replace(" ", "+"), strict_mode=True)
        match public_key:
            case Ed25519PublicKey():
                public_key.verify(raw, payload)
            case RSAPublicKey():
                public_key.verify(raw, payload, PKCS1v15(), SHA256())
            case _:
                return False
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


@lru_cache(PUBLIC_KEYS_KEPT)
def _public_key(pem: str) -> object:
    """None for what is no public key: nothing is signed with that."""
    try:
        return load_pem_public_key(pem.encode())
    except ValueError:
        return None
