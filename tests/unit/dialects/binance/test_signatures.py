"""The three ways to sign, with keys of the test's own and Binance's published examples."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hypersim.account.user import ApiKey, KeyKind, Secret
from hypersim.api.accounts.signing import is_signed
from hypersim.dialects.binance.app.frames import signed_payloads

PAYLOAD = b"symbol=BTCUSDT&timestamp=1668481559918"
DOCUMENTED_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"

PublicKey = ed25519.Ed25519PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def key_of(kind: KeyKind, secret: str) -> ApiKey:
    return ApiKey("key", 1, Secret(secret), 0, kind=kind)


def pem_of(public: PublicKey) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_hmac_is_the_documented_one_in_any_case() -> None:
    payload = (
        b"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
        b"&recvWindow=5000&timestamp=1499827319559"
    )
    signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    key = key_of(KeyKind.HMAC, DOCUMENTED_SECRET)
    assert is_signed(key, [payload], signature)
    assert is_signed(key, [payload], signature.upper())
    assert not is_signed(key, [payload + b"0"], signature)
    assert not is_signed(key, [payload], "é")


def test_the_documented_frame_is_signed_over_its_sorted_parameters() -> None:
    values = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01000000",
        "price": "52000.00",
        "recvWindow": "100",
        "timestamp": "1645423376532",
        "apiKey": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "signature": "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24",
    }
    (payload,) = signed_payloads(values)
    key = key_of(KeyKind.HMAC, DOCUMENTED_SECRET)
    assert is_signed(key, [payload], values["signature"])


def test_ed25519_signs_in_base64() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    key = key_of(KeyKind.ED25519, pem_of(private.public_key()))
    signature = base64.b64encode(private.sign(PAYLOAD)).decode()
    assert is_signed(key, [PAYLOAD], signature)
    assert is_signed(key, [PAYLOAD], signature.replace("+", " "))
    assert not is_signed(key, [PAYLOAD + b"0"], signature)


def test_rsa_signs_in_base64() -> None:
    private = rsa.generate_private_key(65_537, 2_048)
    key = key_of(KeyKind.RSA, pem_of(private.public_key()))
    signature = base64.b64encode(private.sign(PAYLOAD, padding.PKCS1v15(), SHA256())).decode()
    assert is_signed(key, [PAYLOAD], signature)
    assert not is_signed(key, [PAYLOAD], signature.swapcase())


@pytest.mark.parametrize("signature", ["", "x", "====", "é", "AAAA"])
def test_what_is_no_signature_signs_nothing(signature: str) -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    assert not is_signed(key_of(KeyKind.ED25519, pem_of(public)), [PAYLOAD], signature)


def test_keys_of_another_sort_sign_nothing() -> None:
    other = pem_of(ec.generate_private_key(ec.SECP256R1()).public_key())
    assert not is_signed(key_of(KeyKind.RSA, other), [PAYLOAD], "AAAA")
    assert not is_signed(key_of(KeyKind.RSA, "no key"), [PAYLOAD], "AAAA")
