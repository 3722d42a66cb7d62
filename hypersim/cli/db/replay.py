"""`hypersim db replay`: the exchange as it was."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from msgspec.structs import asdict

from hypersim.cli.db.place import DatabaseUrl, DataDir, fail, perform, say, settings_of
from hypersim.cli.output import AsJson
from hypersim.settings import Settings
from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.growth.past import go_on, nearest
from hypersim.storage.vault_opening import open_vault
from hypersim.storage.visiting import snapshot, visited
from hypersim.trading.exchange import Exchange


def replay(
    to: Annotated[str, typer.Option(help="An event's number, or a time: 2024-02-29T12:00:00Z.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Balances, open orders and counters after an event, or at a time."""
    seq, time_ms = _moment(to)
    perform(_replay(settings_of(data_dir, database_url), seq, time_ms, as_json=as_json))


def _moment(to: str) -> tuple[int | None, int | None]:
    if to.isascii() and to.isdigit():
        return int(to), None
    try:
        moment = datetime.fromisoformat(to)
    except ValueError:
        raise fail(
            f"--to takes an event's number or a time such as 2024-02-29T12:00:00Z, not {to!r}"
        ) from None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None, int(known.timestamp() * 1000)


async def _replay(
    settings: Settings, seq: int | None, time_ms: int | None, *, as_json: bool
) -> bool:
    root = settings.data_root
    most_seq = 2**62 if seq is None else seq
    most_ms = 2**62 if time_ms is None else time_ms
    async with visited(
        root, url=settings.database_url, bin_dir=settings.postgres_bin, say=say
    ) as place:
        vault = await open_vault(place, settings.master_key, root)
        async with snapshot(place) as connection:
            exchange = await nearest(connection, vault, seq=most_seq, time_ms=most_ms)
            async for _ in go_on(
                connection,
                exchange,
                vault,
                wanted=lambda told: told.seq <= most_seq and told.time_ms <= most_ms,
            ):
                pass
            end = await connection.fetchval(
                "SELECT greatest((SELECT seq FROM checkpoint), max(last_seq)) FROM journal"
            )
    if seq is not None and seq > end:
        raise DatabaseUnavailable(f"the record ends at event {end}: there is no event {seq} yet")
    state = _state(exchange)
    print(msgspec.json.encode(state).decode() if as_json else _told(state))
    return True


def _state(exchange: Exchange) -> dict[str, Any]:
    state = exchange.state
    balances = [
        {
            "account": account_id,
            "asset": asset,
            "available": f"{balance.available.normalize():f}",
            "locked": f"{balance.locked.normalize():f}",
        }
        for (account_id, asset), balance in sorted(
            state.ledger.balances.items(), key=lambda one: one[0]
        )
    ]
    return {
        "counters": asdict(state.counters),
        "balances": balances,
        "openOrders": [asdict(order) for order in state.orders.values()],
        "openLists": [asdict(one) for one in state.lists.values()],
        "users": [{"id": user.id, "email": user.email} for user in state.users.values()],
    }


def _told(state: dict[str, Any]) -> str:
    counters = state["counters"]
    moment = datetime.fromtimestamp(counters["time_ms"] / 1000, UTC)
    lines = [f"after event {counters['seq']}, {moment.isoformat(timespec='milliseconds')}"]
    lines += [
        f"  account {one['account']}  {one['asset']}: {one['available']} available, "
        f"{one['locked']} locked"
        for one in state["balances"]
    ]
    lines += [
        f"  order {one['id']} of account {one['account_id']}: {one['side']} {one['quantity']} "
        f"{one['symbol']} at {one['price'] or 'any price'}, {one['filled']} filled"
        for one in state["openOrders"]
    ]
    return "\n".join(lines)
