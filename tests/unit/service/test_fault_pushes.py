"""Which pushes and sockets a fault hits: how often, for how long, and by the run's chance."""

from typing import Any

import pytest

from hypersim.faults import About, Fault, kinds, read
from hypersim.service.armed import Match, Pushed
from hypersim.service.arming import preset_of
from hypersim.service.faults import Faults
from tests.support.chance import seeded

ORDER = Pushed(About.ACCOUNT, "binance", symbol="BTC/USDT")
BOOK = Pushed(About.MARKET | About.DIFFERENCE | About.SIDES, "binance", symbol="BTC/USDT")
SOCKET = Pushed(About.SOCKET, "binance")
HANDSHAKE = Pushed(About.HANDSHAKE, "binance")


def armed(do: dict[str, Any], **match: Any) -> Faults:
    faults = Faults(seeded())
    faults.arm(Match(**match), read(do))
    return faults


def lost(faults: Faults, *times_ms: int, pushed: Pushed = ORDER) -> list[int]:
    """Those that are hit of the pushes of these moments."""
    return [time_ms for time_ms in times_ms if faults.hit_push(pushed, time_ms)]


def test_a_push_is_hit_by_what_is_about_it() -> None:
    hit: dict[str, list[str]] = {}
    for do in ({"userData": "drop"}, {"marketData": "stale"}, {"socket": "freeze"}):
        for name, pushed in (("order", ORDER), ("book", BOOK), ("handshake", HANDSHAKE)):
            if armed(do).hit_push(pushed, 0):
                hit.setdefault(name, []).append(next(iter(do)))
    assert hit == {"order": ["userData", "socket"], "book": ["marketData", "socket"]}


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"nth": 3}, [3]),
        ({"times": 2}, [1, 2]),
        ({"from_": 2, "until": 4}, [2, 3]),
        ({"symbol": "ETH/USDT"}, []),
        ({"dialect": "native"}, []),
        ({"key": "somebody's"}, []),
    ],
)
def test_so_many_are_hit(match: dict[str, Any], hit: list[int]) -> None:
    assert lost(armed({"userData": "drop"}, **match), 1, 2, 3, 4, 5) == hit


def test_a_silence_begins_with_its_first_hit_and_is_over() -> None:
    faults = armed({"socket": {"silentS": 1}}, nth=2)
    assert lost(faults, 0, 500, 600, 1_499, 1_500, 1_501) == [500, 600, 1_499]
    assert not faults.is_armed_for_sockets


def test_a_silence_by_chance_comes_again() -> None:
    faults = armed({"socket": {"silentS": 1}}, probability=0.1)
    hit = lost(faults, *range(0, 100_000, 100))
    begun = [now for before, now in zip([-100, *hit], hit, strict=False) if now - before > 100]
    assert 10 < len(begun) < 90
    assert faults.is_armed_for_sockets


def test_sockets_are_looked_at_without_a_push_only_where_nothing_says_which_push() -> None:
    do = {"socket": "close"}
    assert armed(do).hit_push(SOCKET, 0)
    assert not armed(do, nth=1).hit_push(SOCKET, 0)
    assert not armed(do, probability=1.0).hit_push(SOCKET, 0)
    assert armed(do, probability=1.0).hit_push(ORDER, 0)


def test_requests_are_none_of_its_business() -> None:
    faults = armed({"userData": "drop"})
    assert (faults.is_armed, faults.is_armed_for_sockets) == (False, True)
    faults.clear()
    assert not faults.is_armed_for_sockets


def test_the_same_seed_hits_the_same_pushes() -> None:
    one, other = (armed({"userData": "drop"}, probability=0.3) for _ in range(2))
    hit = lost(one, *range(100))
    assert hit == lost(other, *range(100))
    assert 15 < len(hit) < 45


def test_a_nightmare_hits_with_every_fault_of_a_push() -> None:
    faults = Faults(seeded(7))
    for part in preset_of("nightmare"):
        fault = read(part.do or {})
        if type(fault).pushed is not Fault.pushed:
            faults.arm(part.match, fault)
    of_pushes = {name for name, kind in kinds().items() if kind.pushed is not Fault.pushed}
    assert of_pushes <= {name for part in preset_of("nightmare") for name in part.do or {}}
    # What a bot hears while it sends 1,000 requests: some news of each, and a new socket at times.
    for number in range(1_000):
        for pushed in (ORDER, BOOK, *([HANDSHAKE] if number % 50 == 0 else [])):
            faults.hit_push(pushed, 1_000 * number)
    assert all(one.hits for one in faults.listed), [
        one.fault for one in faults.listed if not one.hits
    ]
