"""Checking that a request comes from a key's owner, over the raw bytes received."""

import binascii
import time
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from hmac import compare_digest
from typing import Final, assert_never

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from hypersim.account.user import ApiKey, KeyKind, Permission
from hypersim.service.bound import bind
from hypersim.service.clock import Clock
from hypersim.service.view import View

KEYS_CACHED_MAX = 4_096
"""Keys whose first half of a signature is kept rather than computed for each request."""

PUBLIC_KEYS_KEPT = 1_024

_HMAC: Final = KeyKind.HMAC


class Denial(StrEnum):
    """Why a signed request is turned away."""

    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    STALE_TIMESTAMP = "stale_timestamp"
    FORBIDDEN_ADDRESS = "forbidden_address"
    MISSING_PERMISSION = "missing_permission"


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What a signed request says: by which key, what was signed and how, when (ms; None is no
    time); and from which address it comes."""

    name: str
    payload: bytes
    signature: str
    stamp_ms: int | None
    address: str


def signed_key(
    view: View, clock: Clock, claim: Claim, permission: Permission, now_ms: int, window_ms: int
) -> ApiKey | Denial:
    """The usable key of that name, if its owner signed the payload with HMAC-SHA256, in hex, and
    did so within `window_ms` of now, either way. A venue that looks at the time first, or takes
    other signatures, has the parts below."""
    key = find_key(view, claim.name, address=claim.address, permission=permission)
    if isinstance(key, Denial):
        return key
    if key.kind is not _HMAC or not _is_hmac_sha256(key, claim.payload, claim.signature):
        return Denial.WRONG_SIGNATURE
    stamp_ms = claim.stamp_ms
    if stamp_ms is None or not is_fresh(
        clock, claim.name, stamp_ms, now_ms, window_ms=window_ms, ahead_ms=window_ms
    ):
        return Denial.STALE_TIMESTAMP
    return key


def find_key(view: View, name: str, *, address: str, permission: Permission) -> ApiKey | Denial:
    """The usable key of that name. Whether it may be used from there, and for this, too."""
    bind(view.generation)
    key = view.keys.get(name)
    if key is None or key.revoked_ms is not None:
        return Denial.UNKNOWN_KEY
    if key.allowed_ips and not key.allows_address(address):
        return Denial.FORBIDDEN_ADDRESS
    if permission not in key.permissions:
        return Denial.MISSING_PERMISSION
    return key


def is_fresh(
    clock: Clock, key: str, timestamp_ms: int, now_ms: int, *, window_ms: int, ahead_ms: int
) -> bool:
    """Whether a client stamped the request lately, by the exchange's time or by the wall's, as
    clients stamp with theirs. The faster time runs, the wider is what counts as lately."""
    leeway_ms = clock.leeway_ms
    earliest_ms, latest_ms = -ahead_ms - leeway_ms, window_ms + leeway_ms
    if earliest_ms < now_ms - timestamp_ms <= latest_ms:
        return True
    # A fault may have this request see another time than the one that is lent.
    if not earliest_ms < clock.now_ms() - timestamp_ms <= latest_ms:
        clock.lending.note_skew(key, now_ms - timestamp_ms)
    is_by_wall = -ahead_ms < time.time_ns() // 1_000_000 - timestamp_ms <= window_ms
    if not is_by_wall and clock.lending.on_refusal is not None:
        clock.lending.on_refusal(key, now_ms - timestamp_ms)
    return is_by_wall


def is_signed(key: ApiKey, payloads: Iterable[bytes], signature: str) -> bool:
    """Whether the key's owner signed one of the payloads: HMAC-SHA256 in hex with a shared secret,
    in base64 with the private half of a key pair."""
    kind = key.kind
    for payload in payloads:
        if kind is _HMAC:
            is_right = _is_hmac_sha256(key, payload, signature)
        elif kind is KeyKind.ED25519 or kind is KeyKind.RSA:
            is_right = _is_by_private_half(key.secret.value, payload, signature)
        else:
            assert_never(kind)
        if is_right:
            return True
    return False


def _is_hmac_sha256(key: ApiKey, payload: bytes, signature_hex: str) -> bool:
    """In constant time."""
    signing = _keyed(key.secret.value).copy()
    signing.update(payload)
    return signature_hex.isascii() and compare_digest(
        signing.finalize().hex(), signature_hex.lower()
    )


@lru_cache(KEYS_CACHED_MAX)
def _keyed(secret: str) -> HMAC:
    return HMAC(secret.encode(), SHA256())


def _is_by_private_half(pem: str, payload: bytes, signature: str) -> bool:
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
