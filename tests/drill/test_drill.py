"""The drill in short."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.drill.drill import Cycle, Outcome, drill, mixture, table
from tests.drill.kills import Victim
from tests.drill.phases import Phase, Tables

SEED = 20_261_130
SHORT = [
    Cycle(Victim.SERVER, Phase.RESET),
    Cycle(Victim.STARTUP, Phase.LOAD),
    Cycle(Victim.SERVER, Phase.LOAD, Tables.STOPPED),
    Cycle(Victim.BACKEND, Phase.LOAD, Tables.STAND),
    Cycle(Victim.BOTH, Phase.MIGRATION),
]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_short_drill_loses_nothing(tmp_path: Path) -> None:
    outcomes = list(drill(SHORT, SEED, tmp_path))
    assert not [outcome.lost for outcome in outcomes if outcome.lost]
    assert [outcome.was_killed for outcome in outcomes] == [True] * len(SHORT)


def test_a_whole_drill_has_every_kind_of_kill_in_every_phase_at_least_twice() -> None:
    kinds = mixture(60, random.Random(SEED))
    assert len(kinds) == 60
    assert set(Counter(kind[:2] for kind in kinds).values()) == {2}
    assert len({kind[:2] for kind in kinds}) == len(Victim) * len(Phase)
    assert sum(kind.tables is Tables.STOPPED for kind in kinds) == 30


def test_the_table_counts_kills_and_what_was_lost() -> None:
    kind = Cycle(Victim.SERVER, Phase.LOAD)
    lines = table(
        [
            Outcome(kind, 200, was_killed=True, lost=""),
            Outcome(kind, 210, was_killed=True, lost="an order is gone", unprojected=1_000),
            Outcome(Cycle(Victim.BACKEND, Phase.START), 220, was_killed=False, lost=""),
        ]
    ).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["a", "backend", "start", "0", "0", "1", "0", "nothing"],
        ["server", "load", "2", "1", "0", "410", "in", "1", "cycles"],
        ["all", "2", "1", "1", "410", "in", "1", "cycles"],
    ]
