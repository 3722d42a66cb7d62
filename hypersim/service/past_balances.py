"""What an account had, as its ledger tells."""

from collections.abc import Iterable

from hypersim.account.entries import Balance
from hypersim.service.record import Archive, PageQuery


async def balances_at(
    archive: Archive, account_id: int, assets: Iterable[str], time_ms: int
) -> dict[str, Balance]:
    """What it had of these assets at the end of that millisecond; nothing of those that it had not
    met by then. Raises `RecordUnavailable`."""
    page = PageQuery(account_id, until_ms=time_ms, limit=1)
    found: dict[str, Balance] = {}
    for asset in assets:
        for line in await archive.ledger(page, asset):
            found[asset] = Balance(line.available_after, line.locked_after)
    return found
