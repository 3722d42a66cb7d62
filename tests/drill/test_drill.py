"""The drill in short."""

import random
from pathlib import Path

import pytest

from tests.drill.drill import Outcome, drill, mixture, table
from tests.drill.kills import Victim
from tests.drill.phases import Phase

SEED = 20_261_130
SHORT = [
    (Victim.SERVER, Phase.RESET),
    (Victim.STARTUP, Phase.LOAD),
    (Victim.BOTH, Phase.MIGRATION),
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
    assert min(kinds.count((v, p)) for v in Victim for p in Phase) == 2


def test_the_table_counts_kills_and_what_was_lost() -> None:
    kind = (Victim.SERVER, Phase.LOAD)
    lines = table(
        [
            Outcome(kind, 200, was_killed=True, lost=""),
            Outcome(kind, 210, was_killed=True, lost="an order is gone"),
            Outcome((Victim.BACKEND, Phase.START), 220, was_killed=False, lost=""),
        ]
    ).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["a", "backend", "start", "0", "1", "0", "nothing"],
        ["server", "load", "2", "0", "410", "in", "1", "cycles"],
        ["all", "2", "1", "410", "in", "1", "cycles"],
    ]
