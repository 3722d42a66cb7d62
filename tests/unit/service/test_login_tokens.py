"""A login token opens the account that it was signed for, whoever has its number by now."""

import pytest
from msgspec.structs import replace

from hypersim.account.user import Secret, User
from hypersim.service.credentials import TOKEN_LIFETIME_MS, LoginTokens

NOW_MS = 1_700_000_000_000
ALICE = User(1, "alice@example.com", NOW_MS, Secret("scrypt$01$02"))
TOKENS = LoginTokens(b"a key")


def opens(token: str, user: User, now_ms: int = NOW_MS) -> bool:
    """Whether it opens the account of `user`."""
    return TOKENS.account_id(token, {user.id: user}, now_ms) == user.id


def test_a_token_opens_its_account_until_it_is_over() -> None:
    token, expires_ms = TOKENS.issue(ALICE, NOW_MS)
    assert expires_ms == NOW_MS + TOKEN_LIFETIME_MS
    assert opens(token, ALICE)
    assert opens(token, ALICE, expires_ms - 1)
    assert not opens(token, ALICE, expires_ms)


@pytest.mark.parametrize(
    "another",
    [
        replace(ALICE, password_hash=Secret("scrypt$03$02")),
        replace(ALICE, email="bob@example.com"),
        replace(ALICE, created_ms=NOW_MS + 1),
        replace(ALICE, password_hash=None),
    ],
    ids=["same email, registered again", "another email", "another time", "no password"],
)
def test_a_token_opens_no_account_that_has_its_number_after_a_reset_or_in_an_old_copy(
    another: User,
) -> None:
    token, _ = TOKENS.issue(ALICE, NOW_MS)
    assert not opens(token, another)


def test_only_a_token_that_was_issued_opens_anything() -> None:
    token, expires_ms = TOKENS.issue(ALICE, NOW_MS)
    claim, _, signature = token.rpartition(".")
    forged = (
        f"2.{expires_ms}.{signature}",
        f"1.{expires_ms + 1}.{signature}",
        f"{claim}.{signature[:-1]}",
        f"{claim}.{'0' * 64}",
        f"01.{expires_ms}.{signature}",
        f"\N{ARABIC-INDIC DIGIT ONE}.{expires_ms}.{signature}",
        f"{'9' * 5_000}.{expires_ms}.{signature}",
        signature,
        "..",
        "",
    )
    assert not [one for one in forged if opens(one, ALICE)]
    assert TOKENS.account_id(token, {}, NOW_MS) is None
    assert LoginTokens(b"another key").account_id(token, {1: ALICE}, NOW_MS) is None
