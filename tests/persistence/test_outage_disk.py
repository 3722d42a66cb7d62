"""A disk that is full, or that cannot be written, while the server runs and when it starts."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.support.clear_line import assert_ends_with_one_line, assert_one_line
from tests.support.crash import Arena, Deed, arena
from tests.support.ledger_check import embedded_settings
from tests.support.server import ServerProcess
from tests.support.small_disk import SmallDisk, small_disk

SEED = 20_261_123
MORE = 20
SIZE_MB = 130
GIVES_UP_AFTER_S = 60
IS_AWAY = "the database is away"
IS_FULL = r"hypersim: .*disk .*is full"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", SIZE_MB) as made:
        yield made


def take_room_away(data_dir: Path, deed: Deed) -> None:
    """Do the deed, and let the database begin new segments of its log: the last one has room for
    many orders more. It is asked over a connection from before the deed, as afterwards it may let
    nobody in; that it loses this one too is what the deed is for."""

    async def switch() -> None:
        settings = embedded_settings(data_dir)
        connection = await asyncpg.connect(**settings.asyncpg_kwargs())
        try:
            deed()
            with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                for _ in range(20):
                    await connection.execute("SELECT pg_logical_emit_message(false, '', 'x', true)")
                    await connection.execute("SELECT pg_switch_wal()")
        finally:
            connection.terminate()

    asyncio.run(switch())


def fill(target: Arena, disk: SmallDisk) -> None:
    """PostgreSQL either stops, which can be waited out, or fails to write, which cannot."""
    take_room_away(target.data_dir, disk.fill)
    target.server.wait_for_line(f"{IS_AWAY}|{IS_FULL}")


def resumes(target: Arena) -> bool:
    """Whether orders are judged again; False when the server has ended instead."""
    deadline = time.monotonic() + GIVES_UP_AFTER_S
    while target.server.process.poll() is None:
        assert time.monotonic() < deadline, target.server.output
        with contextlib.suppress(httpx.TransportError):
            if target.traders[0].ask_too_much().status_code == 400:
                return True
    return False


def test_a_full_disk_loses_nothing_and_service_resumes_when_there_is_room_again(
    disk: SmallDisk,
) -> None:
    with arena(disk.path / "data", SEED) as target:

        def fill_and_free() -> None:
            fill(target, disk)
            disk.ballast.unlink()

        target.trade(fill_and_free, more=MORE, goes_on=False)
        if not resumes(target):
            assert_ends_with_one_line(target.server, IS_FULL)
            target.start_again()
        target.check()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_disk_that_stays_full_ends_the_server_with_one_line(disk: SmallDisk) -> None:
    with arena(disk.path / "data", SEED) as target:
        target.trade(lambda: fill(target, disk), more=MORE, goes_on=False)
        target.server.process.wait(GIVES_UP_AFTER_S + 30)
        assert_ends_with_one_line(target.server, IS_FULL)
        disk.ballast.unlink()
        target.start_again()
        target.check()


def test_a_full_disk_at_the_start_is_named_in_one_line(disk: SmallDisk) -> None:
    disk.fill()
    assert_refuses_to_start(disk.path / "data", IS_FULL)


def lock_away(target: Arena) -> Path:
    log = target.data_dir / "pgdata" / "pg_wal"
    take_room_away(target.data_dir, lambda: log.chmod(0o500))
    target.server.wait_for_line(IS_AWAY)
    return log


def test_service_resumes_when_the_data_directory_can_be_written_again(tmp_path: Path) -> None:
    with arena(tmp_path / "data", SEED) as target:

        def lock_and_unlock() -> None:
            lock_away(target).chmod(0o700)

        target.trade(lock_and_unlock, more=MORE, goes_on=True)
        target.check()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_data_directory_that_stays_read_only_ends_the_server_with_one_line(
    tmp_path: Path,
) -> None:
    with arena(tmp_path / "data", SEED) as target:

        def lock() -> None:
            lock_away(target)

        target.trade(lock, more=MORE, goes_on=False)
        target.server.process.wait(GIVES_UP_AFTER_S + 30)
        assert_ends_with_one_line(target.server, r"did not come back .* Permission denied")
        (target.data_dir / "pgdata" / "pg_wal").chmod(0o700)
        target.start_again()
        target.check()


def test_a_read_only_disk_at_the_first_start_is_named_in_one_line(disk: SmallDisk) -> None:
    disk.make_read_only()
    assert_refuses_to_start(disk.path / "data", r"is on a read-only file system")


def test_a_disk_that_became_read_only_is_named_in_one_line(disk: SmallDisk) -> None:
    data_dir = disk.path / "data"
    server = ServerProcess("--feed", "manual", data_dir=data_dir).start()
    assert server.stop() == 0
    disk.make_read_only()
    assert_refuses_to_start(data_dir, r"is on a read-only file system")


def assert_refuses_to_start(data_dir: Path, pattern: str) -> None:
    server = ServerProcess("--feed", "manual", data_dir=data_dir)
    assert not server.begin().gets_ready()
    assert server.wait() == 1
    assert_one_line(server.output, pattern)
