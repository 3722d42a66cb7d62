"""The three ways to sign: HMAC-SHA256 in hex, Ed25519 and RSA (PKCS#1 v1.5, SHA-256) in base64."""

import binascii
from functools import lru_cache
from typing import assert_never

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from hypersim.account.user import ApiKey, KeyKind
from hypersim.api.signing import is_hmac_sha256

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
