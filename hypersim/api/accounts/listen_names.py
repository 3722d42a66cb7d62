"""The names of listen keys. A name proves which API key it was given to, so that it is still good
after a restart: clients that connect again use the one they have, and would hear nothing. It is
good in one generation of the exchange only, as a reset gives account numbers and keys out again."""

import hashlib
import hmac
from collections.abc import Callable, Iterable

from hypersim.account.user import ApiKey
from hypersim.service.chance import Purpose, source

NUMBER_BYTES = 6
RANDOM_BYTES = 4
PROOF_BYTES = 16
HEAD_BYTES = 2 * NUMBER_BYTES + RANDOM_BYTES

KeysOf = Callable[[int], Iterable[ApiKey]]
"""The API keys in use of an account."""


def new_name(api_key: ApiKey, now_ms: int, generation: int) -> str:
    """A name for this key's account: 64 hexadecimal digits, which nobody else can make up."""
    numbers = (number.to_bytes(NUMBER_BYTES) for number in (api_key.account_id, now_ms))
    head = b"".join(numbers) + source().draw(Purpose.LISTEN_KEY, RANDOM_BYTES)
    return (head + _proof(head, api_key, generation)).hex()


def owner_of(name: str, keys_of: KeysOf, generation: int) -> tuple[ApiKey, int] | None:
    """Who was given this name in this generation, and when, in ms; None for any other text."""
    try:
        written = bytes.fromhex(name)
    except ValueError:
        return None
    head, proof = written[:HEAD_BYTES], written[HEAD_BYTES:]
    if len(proof) != PROOF_BYTES or name != written.hex():
        return None
    account_id = int.from_bytes(head[:NUMBER_BYTES])
    for api_key in keys_of(account_id):
        if hmac.compare_digest(proof, _proof(head, api_key, generation)):
            return api_key, int.from_bytes(head[NUMBER_BYTES : 2 * NUMBER_BYTES])
    return None


def _proof(head: bytes, api_key: ApiKey, generation: int) -> bytes:
    # With the public half of a key pair this proves no more than knowing the API key does, and
    # that is all it takes to be given a name.
    secret = f"listen key\n{generation}\n{api_key.key}\n{api_key.secret.value}".encode()
    return hmac.digest(secret, head, hashlib.sha256)[:PROOF_BYTES]
