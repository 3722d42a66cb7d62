"""`hypersim db backup` and `restore`: the record into a file and back."""

from pathlib import Path
from typing import Annotated

import typer

from hypersim.cli.db.place import DatabaseUrl, DataDir, perform, say, settings_of
from hypersim.settings import Settings
from hypersim.storage.dumping import dump, load_dump
from hypersim.storage.visiting import visited

File = Annotated[Path, typer.Argument(help="In pg_dump's custom format.", show_default=False)]


def backup(file: File, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Write the whole record into a file, while its server goes on.

    Secrets are sealed in it: keep master.key of the data directory as well, elsewhere.
    """
    perform(_backup(settings_of(data_dir, database_url), file))


def restore(file: File, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Make a record from such a file where there is none. The master key is not in it."""
    perform(_restore(settings_of(data_dir, database_url), file))


async def _backup(settings: Settings, file: Path) -> bool:
    url, bin_dir = settings.database_url, settings.postgres_bin
    async with visited(settings.data_root, url=url, bin_dir=bin_dir, say=say) as place:
        await dump(place, file, bin_dir)
    print(f"the record is in {file}")
    return True


async def _restore(settings: Settings, file: Path) -> bool:
    url, bin_dir = settings.database_url, settings.postgres_bin
    async with visited(
        settings.data_root, url=url, bin_dir=bin_dir, may_create=True, say=say
    ) as place:
        await load_dump(place, file, bin_dir)
    print(f"the record of {file} is restored; its master key is needed as well")
    return True
