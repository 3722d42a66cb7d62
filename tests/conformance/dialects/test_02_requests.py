"""What is no request of the dialect: cards 8 to 10."""

from tests.support.dialects.stand import ALICE, RESTING, Stand
from tests.support.dialects.words import Refusal, Request


async def assert_told(stand: Stand, request: Request, why: Refusal) -> None:
    """In the dialect's words; the connection or another one goes on."""
    answer = await stand.ask(request)
    assert stand.adapter.told(answer) == stand.adapter.refusals[why], answer
    assert (await stand.ask(stand.adapter.time())).status == 200


async def test_card_08_a_body_that_is_too_large(stand: Stand) -> None:
    before = await stand.holdings(ALICE)
    request = stand.adapter.place(stand.signer(ALICE), RESTING)
    most = stand.exchange.services.edge.limits.body_bytes
    padded = request._replace(body=request.body.ljust(most + 1))
    await assert_told(stand, padded, Refusal.BODY_TOO_LARGE)
    assert await stand.holdings(ALICE) == before


async def test_card_09_a_path_where_nothing_is(stand: Stand) -> None:
    for method in ("GET", "POST", "DELETE"):
        request = Request(method, stand.adapter.unknown_path)
        await assert_told(stand, request, Refusal.UNKNOWN_PATH)


async def test_card_10_a_method_that_a_path_is_not_served_for(stand: Stand) -> None:
    request = stand.adapter.time()._replace(method="DELETE")
    await assert_told(stand, request, Refusal.WRONG_METHOD)
