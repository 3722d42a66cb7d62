"""Whose request it is, and how long a client has waited."""

import pytest

from hypersim.service.watch.requests import Moment
from tests.support.dialects.stand import ALICE, BOB, RESTING, Stand


async def counted(stand: Stand) -> list[tuple[str | None, str | None, int]]:
    """(key, user, requests) of all clients."""
    clients = (await stand.exchange.admin.get("/admin/clients")).json()["clients"]
    return [(one["key"], one["user"], one["requests"]) for one in clients]


async def test_what_names_no_key_is_of_the_only_key_from_that_address(stand: Stand) -> None:
    await stand.ask(stand.adapter.time())
    assert await counted(stand) == [(None, None, 1)]
    await stand.place(ALICE, RESTING)
    await stand.ask(stand.adapter.time())
    assert await counted(stand) == [(ALICE.key, "alice@example.com", 3)]


async def test_where_there_are_several_keys_it_is_nobodys(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    await stand.place(BOB, RESTING)
    await stand.ask(stand.adapter.time())
    assert await counted(stand) == [
        (ALICE.key, "alice@example.com", 1),
        (BOB.key, "bob@example.com", 1),
        (None, None, 1),
    ]


async def test_a_made_up_key_is_none(stand: Stand) -> None:
    await stand.ask(stand.adapter.balances(stand.signer(ALICE._replace(key="made-up"))))
    assert await counted(stand) == [(None, None, 1)]


@pytest.mark.parametrize(
    ("later", "waited_ms"),
    [
        (Moment(1_500, 0), 500),
        (Moment(1_000, 700), 700),
        (Moment(1_300, 5, travel_ms=300), 5),
        (Moment(61_000, 1_000, travel_ms=300), 59_700),
        (Moment(1_000, 0), 0),
    ],
    ids=["by the exchange", "by the wall", "on its way", "at speed 60", "not at all"],
)
def test_a_client_has_waited_by_the_clock_that_says_more(later: Moment, waited_ms: int) -> None:
    assert later.since(Moment(1_000, 0)) == waited_ms
