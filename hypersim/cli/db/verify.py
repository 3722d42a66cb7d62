"""`hypersim db verify`: is the record what the journal comes to?"""

from hypersim.cli.db.place import DatabaseUrl, DataDir, perform, say, settings_of
from hypersim.settings import Settings
from hypersim.storage.growth.verifying import Segment, verified
from hypersim.storage.vault_opening import open_vault
from hypersim.storage.visiting import snapshot, visited


def verify(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Do again what the journal tells, from image to image, and compare with the tables.

    One line for each segment; ends with 1 where something differs.
    """
    perform(_verify(settings_of(data_dir, database_url)))


async def _verify(settings: Settings) -> bool:
    is_well = True
    root, url = settings.data_root, settings.database_url
    async with visited(root, url=url, bin_dir=settings.postgres_bin, say=say) as place:
        vault = await open_vault(place, settings.master_key, root)
        async with snapshot(place) as connection:
            async for segment in verified(connection, vault):
                _tell(segment)
                is_well = is_well and not segment.problems
    return is_well


def _tell(segment: Segment) -> None:
    about = f"events {segment.after_seq + 1} to {segment.seq}, {segment.where}"
    print(f"{about}: {'differs' if segment.problems else 'as the journal says'}")
    for problem in segment.problems:
        print(f"  {problem}")
