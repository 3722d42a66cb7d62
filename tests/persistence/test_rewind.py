"""The journal alone says how the exchange stood at any moment, and whether the record is true."""

import asyncio
from functools import partial
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from hypersim.account.entries import NO_BALANCE
from hypersim.account.user import Secret
from hypersim.cli import app
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.dumping import dump, load_dump
from hypersim.storage.growth import upkeep
from hypersim.storage.growth.differing import differences
from hypersim.storage.growth.image import image_of
from hypersim.storage.growth.past import exchange_at, go_on, nearest
from hypersim.storage.growth.verifying import Segment, verified
from hypersim.storage.journal.encoding import PREFIX, decode, to_bytes
from hypersim.storage.journal.events import JournalTransaction
from hypersim.storage.journal.packing import unpacked
from hypersim.storage.journal.replay import done_again
from hypersim.storage.visiting import snapshot
from hypersim.trading import closing, fees, fills
from hypersim.trading.account_commands import IssueKey, OpenAccount
from hypersim.trading.commands import CancelAllOrders, Reset
from hypersim.trading.events import FundsMoved
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE
from tests.support.memory_record import VAULT
from tests.support.postgres import run_script, run_sql, url_of
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded
from tests.support.state_picture import picture_of

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)
RECORDS = Path(__file__).parent / "records"
MASTER_KEY = bytes(range(32)).hex()
"""Of `VAULT`."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "CHUNK_ROWS", 20)
    monkeypatch.setattr(upkeep, "SEGMENT_EVENTS", 50)
    monkeypatch.setattr(closing, "TOGETHER_MIN", 3)


def bytes_in(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in folder.glob("0*"))


async def tend(database: ConnectionSettings) -> None:
    """Pack what there is, and take an image."""
    connection = await asyncpg.connect(**database.asyncpg_kwargs())
    while await upkeep.pack(connection):
        pass
    await upkeep.take_image(connection)
    await connection.close()


async def trade(live: RecordedExchange, seed: int, count: int) -> None:
    for number, command in enumerate(commands(live.exchange, seed, count, live.now_ms)):
        live.now_ms += 3
        await live.recorded(command)
        if number % 25 == 20:
            await live.recorded(CancelAllOrders(ALICE))
    await live.settled()


async def a_past(database: ConnectionSettings, live: RecordedExchange) -> None:
    """Some segments, with a reset among them."""
    await live.commit(*opening())
    for seed in range(2):
        await trade(live, seed, 60)
        await tend(database)
    await live.commit(Reset(), *opening())
    for seed in range(2, 4):
        await trade(live, seed, 60)
        await tend(database)
    await trade(live, 5, 20)


async def segments(database: ConnectionSettings) -> list[Segment]:
    async with snapshot(database) as connection:
        return [one async for one in verified(connection, VAULT)]


async def problems(database: ConnectionSettings) -> str:
    return "\n".join(line for one in await segments(database) for line in one.problems)


async def test_a_true_record_is_verified_from_image_to_image_to_the_tables(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await a_past(database, live)
    found = await segments(database)
    assert len(found) == 5 and found[-1].where == "the tables"
    assert [one.problems for one in found] == [[]] * 5
    assert found[0].after_seq == 0
    for one, following in pairwise(found):
        assert one.seq == following.after_seq


async def test_without_the_beginning_it_begins_with_the_oldest_image(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await a_past(database, live)
    ((seq,),) = await run_sql(database, "SELECT min(seq) FROM journal_images")
    await run_script(database, f"DELETE FROM journal_chunks WHERE last_seq <= {seq}")
    found = await segments(database)
    assert len(found) == 4 and found[0].after_seq == seq
    assert [one.problems for one in found] == [[]] * 4
    async with snapshot(database) as connection:
        with pytest.raises(DatabaseUnavailable, match=f"oldest image is of event {seq}"):
            await nearest(connection, VAULT, seq=seq - 1)


async def test_a_changed_row_of_the_journal_is_named(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        await trade(live, 1, 30)
    for row in await run_sql(database, "SELECT * FROM journal ORDER BY last_seq"):
        payload = decode(row["payload"])
        told = payload.transactions[-1] if payload.transactions else None
        if told and isinstance(told.events[-1], FundsMoved):
            break
    assert told is not None
    moved = told.events[-1]
    assert isinstance(moved, FundsMoved)
    posting = moved.entry.postings[0]
    more = replace(posting, amount=posting.amount + 1)
    event = replace(moved, entry=replace(moved.entry, postings=(more,)))
    changed = replace(
        payload,
        transactions=[*payload.transactions[:-1], replace(told, events=[*told.events[:-1], event])],
    )
    where = "WHERE first_seq <= last_seq AND last_seq = $1"
    await run_sql(
        database,
        f"UPDATE journal SET payload = $2 {where}",
        row["last_seq"],
        PREFIX + to_bytes(changed),
    )
    assert "available is" in await problems(database)
    await run_sql(database, f"UPDATE journal SET payload = '\\x01ff' {where}", row["last_seq"])
    assert f"to {row['last_seq']} makes no sense" in await problems(database)


async def test_the_past_is_as_it_was(database: ConnectionSettings) -> None:
    past: dict[int, dict[str, object]] = {}
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        for seed in range(3):
            for command in commands(live.exchange, seed, 40, live.now_ms):
                live.now_ms += 3
                await live.recorded(command)
                past[live.exchange.state.counters.seq] = _as_it_is(live.exchange)
            await live.settled()
            await tend(database)
    async with snapshot(database) as connection:
        for seq in list(past)[::7]:
            exchange = await nearest(connection, VAULT, seq=seq)
            async for _ in go_on(connection, exchange, VAULT, wanted=partial(_until, seq)):
                pass
            assert _as_it_is(exchange) == past[seq]


def _until(seq: int, told: JournalTransaction) -> bool:
    return told.seq <= seq


def _as_it_is(exchange: Exchange) -> dict[str, object]:
    state = exchange.state
    held = {key: one for key, one in state.ledger.balances.items() if one != NO_BALANCE}
    return {"balances": held, "orders": dict(state.orders)}


async def test_a_backup_restores_to_the_same_and_holds_no_secret(
    database: ConnectionSettings,
    empty_database: ConnectionSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "record.dump"
    secrets = ("open sesame", "0123456789abcdef-secret", "my friend the phrase")
    async with recorded(database, RULES) as live:
        await a_past(database, live)
        await live.commit(
            OpenAccount("s@example.com", password_hash=Secret(secrets[0])),
            IssueKey(ALICE, "the-key", Secret(secrets[1]), passphrase=Secret(secrets[2])),
        )
        monkeypatch.setattr(upkeep, "SEGMENT_EVENTS", 1)
        await tend(database)
        # The server goes on.
        await dump(database, file, None)
        await load_dump(empty_database, file, None)
        found = picture(*await loaded(empty_database, RULES))
        for part, value in picture(live.exchange, live.view).items():
            assert found[part] == value, part
    assert await problems(empty_database) == ""
    with pytest.raises(DatabaseUnavailable, match="there is a record in this database already"):
        await load_dump(empty_database, file, None)
    chunks = await run_sql(database, "SELECT packed FROM journal_chunks")
    images = await run_sql(database, "SELECT image FROM journal_images")
    rows = [row.payload for (chunk,) in chunks for row in unpacked(chunk)]
    rows += [row[0] for row in await run_sql(database, "SELECT payload FROM journal")]
    told = b"".join(rows)
    seen = repr([image_of(image) for (image,) in images]).encode()
    ((folder,),) = await run_sql(database, "SHOW data_directory")
    wal = bytes_in(Path(folder, "pg_wal"))
    assert b"the-key" in told and b"the-key" in seen and b"the-key" in wal
    for secret in secrets:
        for place in (told, seen, wal, file.read_bytes()):
            assert secret.encode() not in place


def test_the_commands_say_what_they_found(database: ConnectionSettings) -> None:
    async def prepare() -> None:
        async with recorded(database, RULES) as live:
            await a_past(database, live)

    asyncio.run(prepare())
    run = CliRunner().invoke
    where = ["--database-url", url_of(database)]
    # The key is of these tests, and not of whoever runs them.
    env = {"HYPERSIM_MASTER_KEY": MASTER_KEY}
    shown = run(app, ["db", "verify", *where], env=env)
    assert shown.exit_code == 0, shown.output
    assert len(shown.output.splitlines()) == 5
    asyncio.run(run_script(database, "UPDATE balances SET locked = locked + 1 WHERE user_id = 1"))
    shown = run(app, ["db", "verify", *where], env=env)
    assert shown.exit_code == 1 and "balance of account 1" in shown.output
    shown = run(app, ["db", "replay", "--to", "40", "--json", *where], env=env)
    assert shown.exit_code == 0 and '"seq":' in shown.output
    shown = run(app, ["db", "replay", "--to", "2100-01-01T00:00:00Z", *where], env=env)
    assert shown.exit_code == 0 and "after event" in shown.output
    shown = run(app, ["db", "replay", "--to", "99999999", *where], env=env)
    assert shown.exit_code == 1 and "the record ends at event" in shown.output
    shown = run(app, ["db", "replay", "--to", "yesterday", *where], env=env)
    assert shown.exit_code == 1 and "--to takes an event's number or a time" in shown.output


async def test_a_payload_of_an_unknown_version_ends_the_start_with_one_line(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES, is_projected=False) as live:
        await live.recorded(*opening())
    await run_sql(database, "UPDATE journal SET payload = '\\x09'::bytea || payload")
    with pytest.raises(DatabaseUnavailable, match="version 9") as raised:
        await loaded(database, RULES)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("version", [1])
def test_what_each_version_wrote_is_read(version: int) -> None:
    exchange = Exchange(RULES)
    for row in unpacked((RECORDS / f"journal_{version}.chunk").read_bytes()):
        for told in decode(row.payload).transactions:
            done_again(told, exchange, VAULT)
    image = image_of((RECORDS / f"journal_{version}.image").read_bytes())
    assert image.counters.seq == exchange.state.counters.seq > 100
    assert differences(exchange, exchange_at(image, VAULT), "the image") == []
    assert picture_of(exchange.state)["open orders"]
