"""Checking that a request comes from a key's owner, over the raw bytes received."""

import hmac
import time
from enum import StrEnum
from functools import lru_cache

from hypersim.account.user import ApiKey, Permission
from hypersim.service.bound import bind
from hypersim.service.view import View

KEYS_CACHED_MAX = 4_096
"""Keys whose first half of a signature is kept rather than computed for each request."""


class Denial(StrEnum):
    """Why a signed request is turned away."""

    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    STALE_TIMESTAMP = "stale_timestamp"
    FORBIDDEN_ADDRESS = "forbidden_address"
    MISSING_PERMISSION = "missing_permission"


def is_hmac_sha256(key: ApiKey, payload: bytes, signature_hex: str) -> bool:
    """Whether `signature_hex` is the key's HMAC-SHA256 of `payload`, in constant time."""
    signing = _keyed(key.secret.value).copy()
    signing.update(payload)
    return signature_hex.isascii() and hmac.compare_digest(
        signing.hexdigest(), signature_hex.lower()
    )


@lru_cache(KEYS_CACHED_MAX)
def _keyed(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod="sha256")


def is_fresh(timestamp_ms: int, now_ms: int, *, window_ms: int, ahead_ms: int) -> bool:
    """Whether a client stamped the request lately, by the exchange's time or by the wall's, as
    clients stamp with theirs."""
    if -ahead_ms < now_ms - timestamp_ms <= window_ms:
        return True
    return -ahead_ms < time.time_ns() // 1_000_000 - timestamp_ms <= window_ms


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
