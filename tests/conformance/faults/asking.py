"""How the tests of faults ask."""

from typing import Any

from tests.conformance.faults.roads import Road
from tests.conformance.faults.test_requests import code_of, over_websocket
from tests.support.dialects.stand import ALICE, Stand
from tests.support.dialects.words import Wanted


async def place(stand: Stand, road: Road, order: Wanted) -> tuple[int, Any]:
    """(status, code) of the answer."""
    if road is Road.WEBSOCKET_API:
        told: tuple[int, Any] = await over_websocket(stand, order)
        return told
    answer = await stand.ask(stand.adapter.place(stand.signer(ALICE), order))
    return answer.status, code_of(answer.body)


async def clear(stand: Stand) -> None:
    """Nothing is armed any more."""
    assert (await stand.exchange.admin.delete("/admin/faults")).status_code == 200
