"""Faults are armed, listed and cleared, and hit what they match."""

from typing import Any

import pytest

from hypersim.faults import Refuse, Trouble, read
from hypersim.service.armed import Asked, Match
from hypersim.service.faults import Faults
from tests.support.chance import seeded
from tests.support.memory_exchange import MemoryExchange

ORDER = Asked("binance", "POST /api/v3/order", "POST", "a-key", "BTC/USDT", "bot-1")


def hits_of(match: Match, number: int = 10, seed: int = 7) -> list[bool]:
    """Which of so many equal requests are hit."""
    faults = Faults(seeded(seed))
    faults.arm(match, read({"drop": True}))
    return [bool(faults.hit(ORDER, None, now_ms).before) for now_ms in range(number)]


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        (Match(nth=3), [3]),
        (Match(times=2), [1, 2]),
        (Match(endpoint="POST *", client_order_id="bot-*", times=1), [1]),
        (Match(endpoint="GET *"), []),
        (Match(symbol="ETH/USDT"), []),
        (Match(from_=4, until=6), [5, 6]),
    ],
)
def test_what_matches_is_hit(match: Match, hit: list[int]) -> None:
    assert [number for number, is_hit in enumerate(hits_of(match), 1) if is_hit] == hit


def test_chance_follows_from_the_seed() -> None:
    one = hits_of(Match(probability=0.3), 1_000)
    assert one == hits_of(Match(probability=0.3), 1_000)
    assert one != hits_of(Match(probability=0.3), 1_000, seed=8)
    assert 200 < sum(one) < 400


def test_each_client_is_banned_by_what_hit_it_alone() -> None:
    faults = Faults(seeded())
    faults.arm(Match(), read({"rateLimit": {"banAfter": 2}}))
    told = []
    for who in ("one", "other", "one", "one", "one", "other"):
        (effect,) = faults.hit(ORDER._replace(who=who), None, 0).before
        assert isinstance(effect, Refuse)
        told.append(effect.failure.trouble)
    limited = Trouble.RATE_LIMITED
    # It is limited again once its ban is over.
    assert told == [limited, limited, limited, Trouble.BANNED, limited, limited]


async def test_a_fault_is_listed_until_it_is_cleared(exchange: MemoryExchange) -> None:
    do = {"delayMs": 5}
    armed = await exchange.admin.post("/admin/faults", json={"do": do, "match": {"times": 2}})
    assert armed.json() == {"id": "1"}
    listed = (await exchange.admin.get("/admin/faults")).json()
    assert listed == {"faults": [{"id": "1", "match": {"times": 2}, "do": do, "hits": 0}]}
    assert (await exchange.admin.delete("/admin/faults/1")).status_code == 200
    assert (await exchange.admin.delete("/admin/faults/1")).status_code == 404
    assert not exchange.services.faults.is_armed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"do": {}}, "exactly one of"),
        ({"do": {"dalayMs": 5}}, "delayMs"),
        ({"do": {"delayMs": -5}}, ">= 0"),
        ({"do": {"drop": True}, "match": {"dialect": "nasdaq"}}, "binance"),
        ({"do": {"drop": True}, "match": {"user": "nobody@example.com"}}, "match.user"),
        ({"do": {"drop": True}, "match": {"from": "soon"}}, "match.from"),
        ({"do": {"drop": True}, "match": {"until": "+2weeks"}}, "match.until"),
        ({"do": {"drop": True}, "match": {"symbol": "NO/SUCH"}}, "match.symbol"),
        ({"do": {"drop": True}, "preset": "nightmare"}, "not both"),
        ({"preset": "daymare"}, "exchange-down-2min, flaky-network"),
    ],
)
async def test_what_is_wrong_is_said(exchange: MemoryExchange, wrong: Any, said: str) -> None:
    answer = await exchange.admin.post("/admin/faults", json=wrong)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
