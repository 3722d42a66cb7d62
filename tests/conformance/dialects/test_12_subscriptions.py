"""How much one socket follows: card 34."""

import pytest

from hypersim.api.sockets import socket
from tests.support.dialects.stand import ALICE, Stand
from tests.support.dialects.words import Topic


async def test_card_34_one_topic_too_many_is_refused_and_the_socket_lives_on(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "SUBSCRIPTIONS_MAX", 1)
    adapter, signer = stand.adapter, stand.signer(ALICE)
    listener = await stand.follow(Topic.TRADES)
    (too_many,) = adapter.subscribe(Topic.BOOK, signer)
    answer = await listener.ask(too_many)
    assert adapter.is_refusal(answer), answer
    # What it has it may ask for again, and hears on; of what was refused it hears nothing.
    await listener.follow(signer)
    await stand.move(stand.price(1))
    assert [push.trade_price for push in await listener.heard()] == [stand.price(1)]
    await listener.leave()
    answer = await listener.ask(too_many)
    assert not adapter.is_refusal(answer), answer
