"""Secrets are unreadable in the database, and readable with the right key only."""

import os
from pathlib import Path

import pytest

from hypersim.account.user import Secret
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.vault import MasterKeyUnusable, Vault
from hypersim.storage.vault_opening import open_vault
from hypersim.trading import fees, fills
from hypersim.trading.rules import Rules
from tests.support.postgres import run_sql
from tests.support.random_session import opening
from tests.support.recorded_exchange import loaded, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
HEX = "00112233445566778899aabbccddeeff" * 2
KEY_OF_RECORDED = bytes(range(32)).hex()
BASE64 = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8="


def test_a_secret_comes_back_and_never_looks_the_same_twice() -> None:
    vault = Vault.from_text(HEX)
    first, second = (vault.seal(Secret("pass wörd"), "secret:k") for _ in range(2))
    assert first != second
    assert b"pass" not in first
    assert vault.unseal(first, "secret:k") == Secret("pass wörd")


@pytest.mark.parametrize("spelling", [HEX.upper(), BASE64, BASE64.rstrip("="), f" {HEX}\n"])
def test_a_key_may_be_spelt_in_hex_or_base64(spelling: str) -> None:
    sealed = Vault.from_text(HEX).seal(Secret("s"), "p")
    assert Vault.from_text(spelling).unseal(sealed, "p") == Secret("s")


@pytest.mark.parametrize("text", ["", "secret", HEX[:-2], "é" * 32])
def test_a_key_of_another_length_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(MasterKeyUnusable, match="expected 32 bytes") as caught:
        Vault.from_text(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(("key", "purpose"), [("0" * 64, "p"), (HEX, "other")])
def test_another_key_or_another_purpose_opens_nothing(key: str, purpose: str) -> None:
    sealed = Vault.from_text(HEX).seal(Secret("s"), "p")
    with pytest.raises(MasterKeyUnusable, match="not the one"):
        Vault.from_text(key).unseal(sealed, purpose)


def test_the_key_file_is_made_once_and_is_private(tmp_path: Path) -> None:
    sealed = Vault.open(None, tmp_path).seal(Secret("s"), "p")
    assert Vault.open(None, tmp_path).unseal(sealed, "p") == Secret("s")
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    Vault.open(None, tmp_path)
    (tmp_path / "master.key").chmod(mode)
    with pytest.raises(MasterKeyUnusable, match="others may read"):
        Vault.open(None, tmp_path)


def test_a_key_file_that_cannot_be_made_gets_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyUnusable, match="cannot be used") as caught:
        Vault.open(None, tmp_path / "missing")
    assert "\n" not in str(caught.value)


async def test_no_secret_is_readable_in_the_database(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
    dump = str(await run_sql(database, "SELECT api_keys::text FROM api_keys"))
    dump += str(await run_sql(database, "SELECT users::text FROM users"))
    for secret in ("secret-1", "phrase", "hash", "PEM"):
        assert secret not in dump
        assert secret.encode().hex() not in dump


async def test_the_wrong_master_key_stops_the_start(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
    with pytest.raises(DatabaseUnavailable, match="master key is not the one"):
        await loaded(database, RULES, Vault.from_text(HEX))


@pytest.fixture
async def database_with_secrets(database: ConnectionSettings, tmp_path: Path) -> ConnectionSettings:
    (tmp_path / "master.key").touch(0o600)
    (tmp_path / "master.key").write_text(KEY_OF_RECORDED)
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
    return database


async def test_a_database_without_secrets_gets_a_key(
    database: ConnectionSettings, empty_database: ConnectionSettings, tmp_path: Path
) -> None:
    for name, settings in (("whole", database), ("empty", empty_database)):
        (tmp_path / name).mkdir()
        await open_vault(settings, None, tmp_path / name)
        assert os.listdir(tmp_path / name) == ["master.key"]


async def test_a_missing_key_is_not_replaced_when_secrets_wait_for_it(
    database_with_secrets: ConnectionSettings, tmp_path: Path
) -> None:
    key = (tmp_path / "master.key").read_text()
    (tmp_path / "master.key").unlink()
    with pytest.raises(MasterKeyUnusable, match=r"master\.key is missing") as caught:
        await open_vault(database_with_secrets, None, tmp_path)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []
    await open_vault(database_with_secrets, Secret(key), tmp_path)


async def test_a_key_that_opens_nothing_is_known_before_anything_is_done(
    database_with_secrets: ConnectionSettings, tmp_path: Path
) -> None:
    with pytest.raises(MasterKeyUnusable, match="not the one"):
        await open_vault(database_with_secrets, Secret(HEX), tmp_path)
