"""A database that does not come back, or comes back changed, ends the server with one line."""

import asyncio
import shutil
from pathlib import Path

import pytest

from hypersim.storage.connection import ConnectionSettings
from tests.support.clear_line import assert_ends_with_one_line
from tests.support.crash import arena
from tests.support.postgres import run_sql, url_of
from tests.support.server import ServerProcess
from tests.support.tcp_proxy import tcp_proxy

SEED = 20_261_122
GIVES_UP_AFTER_S = 60
MORE = 20


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_database_that_does_not_come_back_ends_the_server_within_its_deadline(
    tmp_path: Path, database: ConnectionSettings
) -> None:
    with (
        tcp_proxy(database) as proxy,
        arena(tmp_path, SEED, "--database-url", proxy.url, database=database) as target,
    ):
        target.trade(proxy.cut, more=MORE, goes_on=False)
        target.server.process.wait(GIVES_UP_AFTER_S + 15)
        assert_ends_with_one_line(target.server, r"did not come back within 60 s")
        proxy.mend()
        target.start_again()
        target.check()


def test_a_database_that_somebody_else_wrote_meanwhile_ends_the_server(
    tmp_path: Path, database: ConnectionSettings
) -> None:
    with (
        tcp_proxy(database) as proxy,
        arena(tmp_path, SEED, "--database-url", proxy.url, database=database) as target,
    ):

        def swap() -> None:
            proxy.cut()
            write = "UPDATE checkpoint SET seq = seq + 1000"
            asyncio.run(run_sql(database, write))
            proxy.mend()

        target.trade(swap, more=MORE, goes_on=False)
        assert_ends_with_one_line(target.server, r"was changed by somebody else")


def test_a_database_that_cannot_be_written_ends_the_server_and_loses_nothing(
    tmp_path: Path, database: ConnectionSettings
) -> None:
    with arena(tmp_path, SEED, "--database-url", url_of(database), database=database) as target:

        def take_away() -> None:
            asyncio.run(run_sql(database, "ALTER TABLE journal RENAME TO lost"))

        target.trade(take_away, more=MORE, goes_on=False)
        assert_ends_with_one_line(target.server, r"a table of the record is gone")
        asyncio.run(run_sql(database, "ALTER TABLE lost RENAME TO journal"))
        target.start_again()
        target.check()


@pytest.mark.slow
def test_a_second_server_on_a_database_url_is_refused_and_the_first_goes_on(
    tmp_path: Path, database: ConnectionSettings
) -> None:
    options = ("--database-url", url_of(database))
    with arena(tmp_path / "first", SEED, *options, database=database) as target:
        second = ServerProcess("--feed", "manual", *options, data_dir=tmp_path / "second")

        # It could read the secrets, if it were let in.
        (tmp_path / "second").mkdir()
        (key,) = (tmp_path / "first").rglob("master.key")
        shutil.copy(key, tmp_path / "second")

        def start_second() -> None:
            with pytest.raises(AssertionError, match="another hypersim server owns this database"):
                second.start()

        target.trade(start_second, more=MORE, goes_on=True)
        target.check()
        assert second.process.returncode == 1
