"""Keys that sign with a private key: the exchange gets the public half only."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hypersim.account.user import KeyKind
from hypersim.api.accounts.signing import is_signed
from tests.support.key_pairs import (
    PrivateKey,
    ed25519_key,
    private_pem,
    public_pem,
    rsa_key,
    sign,
)
from tests.support.memory_exchange import MemoryExchange

EMAIL = "ann@example.com"


@pytest.fixture
async def ann(exchange: MemoryExchange) -> MemoryExchange:
    answer = await exchange.admin.post("/admin/users", json={"email": EMAIL, "withKey": False})
    assert answer.status_code == 201
    return exchange


@pytest.mark.parametrize(
    ("key", "kind"),
    [(ed25519_key(), KeyKind.ED25519), (rsa_key(), KeyKind.RSA)],
    ids=["ed25519", "rsa"],
)
@pytest.mark.parametrize("says_kind", [True, False])
async def test_a_registered_key_verifies_what_its_owner_signs(
    ann: MemoryExchange, key: PrivateKey, kind: KeyKind, says_kind: bool
) -> None:
    wanted: dict[str, Any] = {"user": EMAIL, "publicKey": public_pem(key)}
    if says_kind:
        wanted["kind"] = kind.value
    answer = await ann.admin.post("/admin/keys", json=wanted)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["kind"] == kind
    assert body["apiSecret"] is None
    assert body["publicKey"] == public_pem(key)
    stored = ann.record.keys[body["apiKey"]]
    assert stored.kind is kind
    assert is_signed(stored, [b"symbol=BTCUSDT"], sign(key, "symbol=BTCUSDT"))
    assert not is_signed(stored, [b"symbol=ETHUSDT"], sign(key, "symbol=BTCUSDT"))


async def test_a_secret_still_signs_when_no_public_key_is_sent(ann: MemoryExchange) -> None:
    for wanted in ({}, {"kind": "hmac"}):
        body = (await ann.admin.post("/admin/keys", json={"user": EMAIL, **wanted})).json()
        assert body["kind"] == "hmac"
        assert len(body["apiSecret"]) == 64
        assert body["publicKey"] is None


async def test_the_private_half_is_refused_and_not_repeated(ann: MemoryExchange) -> None:
    secret = private_pem(ed25519_key())
    answer = await ann.admin.post("/admin/keys", json={"user": EMAIL, "publicKey": secret})
    assert answer.status_code == 400
    assert "private" in answer.json()["error"]["message"]
    assert secret.splitlines()[1] not in answer.text
    assert not ann.record.keys


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "ed25519"},
        {"kind": "rsa", "publicKey": public_pem(ed25519_key())},
        {"kind": "ed25519", "publicKey": public_pem(rsa_key())},
        {"kind": "hmac", "publicKey": public_pem(rsa_key())},
        {"kind": "dsa", "publicKey": public_pem(rsa_key())},
        {"apiSecret": "secret", "publicKey": public_pem(ed25519_key())},
        {"publicKey": ""},
        {"publicKey": "not PEM"},
        {"publicKey": public_pem(ed25519_key())[:-40]},
        {"publicKey": "\u0000" + public_pem(ed25519_key()).replace("PUBLIC", "\ud7ff")},
        {"publicKey": "x" * 5_000},
        {"publicKey": public_pem(rsa_key(1_024))},
        {
            "publicKey": new_curve_key(SECP256R1())
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode()
        },
    ],
    ids=lambda changes: " ".join(changes),
)
async def test_what_is_no_usable_public_key_is_refused(
    ann: MemoryExchange, changes: dict[str, Any]
) -> None:
    answer = await ann.admin.post("/admin/keys", json={"user": EMAIL, **changes})
    assert answer.status_code == 400, answer.text
    assert not ann.record.keys
