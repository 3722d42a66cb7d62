"""A full disk gets one clear line, and nothing half-written."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from hypersim.service.record import RecordLost
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.migrate import migrate
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.rules import Rules
from tests.support.recorded_exchange import RecordedExchange, loaded, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
SIZE_MB = 120


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("root may not mount here")
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=False)


@pytest.mark.parametrize("form", ["task", pytest.param("process", marks=pytest.mark.slow)])
async def test_a_full_disk_gets_one_clear_line(small_disk: Path, form: str) -> None:
    server = EmbeddedPostgres(small_disk / "data")
    try:
        settings = await asyncio.to_thread(server.start, 60)
        await migrate(settings, lambda _: None)
        await _fill_up(settings, server, small_disk, form)
    finally:
        await asyncio.to_thread(server.stop)


async def _fill_up(
    settings: ConnectionSettings, server: EmbeddedPostgres, disk: Path, form: str
) -> None:
    ensure_running = server.ensure_running
    async with recorded(
        settings, RULES, ensure_running=ensure_running, outage_max_s=3, form=form
    ) as live:
        await live.commit(OpenAccount("a@example.com"))
        ballast = disk / "ballast"
        with ballast.open("wb") as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(2**20))
                file.flush()
        lost = await _until_lost(live)
    assert "full" in str(lost) and "\n" not in str(lost)
    ballast.unlink()
    await asyncio.to_thread(server.ensure_running)
    _, view = await loaded(settings, RULES)
    assert (view.users, view.balances) == (live.view.users, live.view.balances)


async def _until_lost(live: RecordedExchange) -> RecordLost:
    for _ in range(100_000):
        try:
            for _ in range(300):
                live.run(Deposit(1, "USDT", Decimal(1), "x" * 200))
            await live.settled()
        except RecordLost as lost:
            return lost
    raise AssertionError("the disk was never full")
