"""The tables can be made, unmade and made again, and are those that the code describes."""

from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from hypersim.settings import environment_of_children
from hypersim.storage import migrate as migrate_module
from hypersim.storage.connecting import OWNER_LOCK, connect
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.engine_url import sqlalchemy_url
from hypersim.storage.migrate import head, migrate, migrations_directory, upgrade_here
from hypersim.storage.schema_upgrade import downgrade
from hypersim.storage.tables.schema import metadata
from hypersim.storage.upgrade_process import UpgradeProcess
from tests.support.postgres import run_script, run_sql

_CATALOG = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
  AND conrelid <> 'alembic_version'::regclass
UNION ALL
SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL
SELECT relname, 'options', reloptions::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
UNION ALL
SELECT table_name, column_name, concat_ws(' ', data_type, is_nullable, column_default,
    numeric_precision, numeric_scale, is_identity) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name NOT IN ('alembic_version', 'record_status')
ORDER BY 1, 2, 3
"""


async def with_tables(database: ConnectionSettings, act: Any) -> Any:
    """What `act` makes of a synchronous SQLAlchemy connection."""
    engine = create_async_engine(sqlalchemy_url(database), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(act)
    finally:
        await engine.dispose()


async def catalog(database: ConnectionSettings) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await run_sql(database, _CATALOG)]


async def tables(database: ConnectionSettings) -> set[str]:
    rows = await run_sql(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows}


async def test_migrations_go_up_down_and_up_again(empty_database: ConnectionSettings) -> None:
    said: list[str] = []
    await migrate(empty_database, said.append)
    made = await catalog(empty_database)
    assert said == ["creating the tables"]
    await downgrade(empty_database, "base")
    assert await tables(empty_database) == {"alembic_version"}
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    assert not await run_sql(empty_database, functions)
    await migrate(empty_database, said.append)
    assert await catalog(empty_database) == made


async def test_autogenerate_finds_no_difference(database: ConnectionSettings) -> None:
    def compare(connection: sa.Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    assert await with_tables(database, compare) == []


async def test_migrated_tables_have_the_checks_indexes_and_options_of_the_code(
    database: ConnectionSettings, empty_database: ConnectionSettings
) -> None:
    """Autogenerate does not look at these."""
    await run_script(empty_database, "CREATE TABLE alembic_version (version_num text)")
    await with_tables(empty_database, metadata.create_all)
    assert await catalog(database) == await catalog(empty_database)


async def test_a_database_at_head_needs_no_alembic(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose import takes longer than all else that is done here."""
    said: list[str] = []
    loaded: list[str] = []
    monkeypatch.setattr(migrate_module, "import_module", loaded.append)
    await migrate(database, said.append)
    assert (said, loaded) == ([], [])


def test_head_is_what_alembic_takes_for_it() -> None:
    assert ScriptDirectory(str(migrations_directory())).get_current_head() == head()


def test_an_installed_package_brings_its_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "hypersim"
    (package / "_migrations" / "versions").mkdir(parents=True)
    monkeypatch.setattr(migrate_module, "PACKAGE", package)
    assert migrations_directory() == package / "_migrations"


async def test_tables_of_a_newer_version_are_left_alone(database: ConnectionSettings) -> None:
    await run_script(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnavailable, match="newer hypersim"):
        await migrate(database, lambda _: None)


async def test_tables_do_not_change_under_a_running_server(
    empty_database: ConnectionSettings,
) -> None:
    owner = await connect(empty_database)
    await owner.execute("SELECT pg_advisory_lock($1)", OWNER_LOCK)
    with pytest.raises(DatabaseUnavailable, match="another hypersim server owns"):
        await migrate(empty_database, lambda _: None)
    await owner.close()
    assert not await tables(empty_database) - {"alembic_version"}


@pytest.mark.parametrize("form", ["here", "process"])
async def test_a_user_who_may_not_create_tables_gets_one_clear_line(
    empty_database: ConnectionSettings, form: str
) -> None:
    await run_script(empty_database, "DROP SCHEMA public")
    apart = UpgradeProcess(environment_of_children())
    upgrade = upgrade_here if form == "here" else apart.upgrade
    with pytest.raises(DatabaseUnavailable, match="could not set up the tables") as caught:
        await migrate(empty_database, lambda _: None, upgrade=upgrade)
    assert "\n" not in str(caught.value)


async def test_the_process_that_makes_a_servers_tables_is_gone_when_they_are_there(
    empty_database: ConnectionSettings,
) -> None:
    """It is loaded before there is a database, and what it loads is not the server's to keep."""
    before = psutil.Process().children()
    apart = UpgradeProcess(environment_of_children())
    apart.prepare()
    await migrate(empty_database, lambda _: None, upgrade=apart.upgrade)
    assert "orders" in await tables(empty_database)
    assert psutil.Process().children() == before


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"host": "/nowhere"}, "cannot be reached"),
        ({"database": "missing"}, "has no database 'missing'"),
        ({"user": "stranger"}, "does not let user 'stranger' in"),
    ],
)
async def test_a_server_that_cannot_be_used_gets_one_clear_line(
    postgres_server: ConnectionSettings, change: dict[str, str], complaint: str
) -> None:
    with pytest.raises(DatabaseUnavailable, match=complaint) as caught:
        await migrate(replace(postgres_server, **change), lambda _: None)
    assert "\n" not in str(caught.value)
