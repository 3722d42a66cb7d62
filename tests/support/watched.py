"""What tests ask of a watched exchange."""

from typing import Any

from tests.support.dialects.stand import ALICE, Stand
from tests.support.dialects.words import Trader


async def findings(stand: Stand, rule: str, trader: Trader = ALICE) -> list[dict[str, Any]]:
    """What was found of a trader by that rule."""
    return (await rules(stand, trader))[rule]["findings"]  # type: ignore[no-any-return]


async def rules(stand: Stand, trader: Trader = ALICE) -> dict[str, Any]:
    """What every rule says of a trader, by its name."""
    answer = await stand.exchange.admin.get("/admin/clients")
    assert answer.status_code == 200, answer.text
    clients = {one["key"]: one for one in answer.json()["clients"]}
    return {one["rule"]: one for one in clients[trader.key]["rules"]}


async def verdicts(stand: Stand, trader: Trader = ALICE) -> dict[str, str]:
    """The verdicts that are not "pass", by rule."""
    told = await rules(stand, trader)
    return {name: one["verdict"] for name, one in told.items() if one["verdict"] != "pass"}


async def requests(stand: Stand, **params: Any) -> list[dict[str, Any]]:
    """What was sent."""
    answer = await stand.exchange.admin.get("/admin/requests", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["requests"]  # type: ignore[no-any-return]


async def arm(stand: Stand, do: dict[str, Any], **match: Any) -> None:
    """Have something go wrong."""
    answer = await stand.exchange.admin.post("/admin/faults", json={"do": do, "match": match})
    assert answer.status_code == 200, answer.text
