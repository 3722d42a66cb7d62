"""Kill after kill, and after each of them every promise is looked up."""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tests.drill.kills import Victim
from tests.drill.phases import Happened, Phase, Tables, run
from tests.drill.rush import BATCHES_MIN
from tests.support.crash import Arena, arena, report
from tests.support.ledger_check import assert_record_adds_up, embedded_settings
from tests.support.native_client import AdminClient

ACKNOWLEDGEMENTS_MIN = 200
"""A cycle with fewer since its start would have had too little to lose."""

ACKNOWLEDGEMENTS_MAX = 260

LAST_WORDS_MAX = 8_000


class Cycle(NamedTuple):
    """Who dies when, and what the tables do then."""

    victim: Victim
    phase: Phase
    tables: Tables = Tables.FOLLOW


class Outcome(NamedTuple):
    """What one cycle came to. `lost` says what was; empty when nothing was."""

    cycle: Cycle
    acknowledged: int
    was_killed: bool
    lost: str
    unprojected: int = 0
    """How many batches the tables did not show, as far as that was counted."""


def mixture(cycles: int, dice: random.Random) -> list[Cycle]:
    """Every kind of kill in every phase as often as any other, in a random order; in half of them
    the tables are far behind."""
    kinds = list(product(Victim, Phase))
    rounds = [dice.sample(kinds, len(kinds)) for _ in range(-(-cycles // len(kinds)))]
    wanted = [kind for each in rounds for kind in each][:cycles]
    return [Cycle(*kind, _tables(*kind, dice)) for kind in wanted]


def _tables(victim: Victim, phase: Phase, dice: random.Random) -> Tables:
    """Stopped ones need a server that starts afterwards, and have no projector until then. Before a
    migration they follow, as it comes after a stop in good order."""
    is_start_next = victim in (Victim.SERVER, Victim.BOTH) or phase is Phase.SHUTDOWN
    has_projector = victim is not Victim.PROJECTOR
    if phase is Phase.START or (is_start_next and has_projector and phase is not Phase.MIGRATION):
        return Tables.STOPPED
    return Tables.FOLLOW if phase is Phase.MIGRATION else dice.choice([Tables.FOLLOW, Tables.STAND])


def drill(cycles: Sequence[Cycle], seed: int, root: Path) -> Iterator[Outcome]:
    """Runs them on one data directory; what follows a loss begins anew on another one."""
    ahead = list(cycles)
    number = 0
    while ahead:
        number += 1
        with arena(root / str(number), seed + number) as target:
            lost = ""
            while ahead and not lost:
                outcome = _once(target, ahead.pop(0))
                lost = outcome.lost
                yield outcome


def _once(target: Arena, cycle: Cycle) -> Outcome:
    victim, phase, tables = cycle
    before, begin = target.acknowledged, time.monotonic()
    happened, lost = Happened(), ""
    try:
        more = target.dice.randint(ACKNOWLEDGEMENTS_MIN, ACKNOWLEDGEMENTS_MAX)
        happened = run(target, phase, victim, more, tables)
        acknowledged = target.acknowledged - before
        _check(target, happened)
        assert acknowledged >= ACKNOWLEDGEMENTS_MIN, acknowledged
    except Exception as error:
        acknowledged = target.acknowledged - before
        lost = f"{type(error).__name__}: {error}"
        report(f"the server's last words:\n{target.server.output[-LAST_WORDS_MAX:]}")
    what = lost or "nothing"
    spent_s = time.monotonic() - begin
    unprojected = 0
    if happened.rush is not None:
        unprojected = happened.rush.batches
        acknowledged += len(happened.rush.answered)
        happened.rush.close()
    report(
        f"{victim} during {phase}, {unprojected or 'few'} batches unprojected: "
        f"{acknowledged} answers, lost: {what} ({spent_s:.0f} s)"
    )
    return Outcome(cycle, acknowledged, happened.was_killed, lost, unprojected)


def _check(target: Arena, happened: Happened) -> None:
    """Every promise is kept; a reset has happened to everybody or to nobody."""
    if happened.reset_was_asked:
        known = {trader.is_known() for trader in target.traders}
        assert len(known) == 1, "half a reset"
        assert not happened.reset_was_acknowledged or known == {False}, "the reset is undone"
        if known == {False}:
            _check_emptiness(target)
            return
    target.check()
    if happened.rush is not None:
        happened.rush.check()
    target.retry()


def _check_emptiness(target: Arena) -> None:
    with AdminClient(target.server.url) as admin:
        status = admin.http.get("/admin/status").json()
    assert (status["users"], status["keys"], status["openOrders"]) == (0, 0, 0), status
    assert_record_adds_up(embedded_settings(target.data_dir))
    target.open_anew()


def table(outcomes: Sequence[Outcome]) -> str:
    """By kind of kill and phase: cycles that count, those in which the tables were far behind,
    acknowledgements, and what was lost."""
    by_kind: defaultdict[tuple[Victim, Phase], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.cycle.victim, outcome.cycle.phase].append(outcome)
    lines = [_line("killed", "during", "cycles", "behind", "spared", "acknowledged", "lost")]
    for (victim, phase), found in sorted(by_kind.items()):
        lines.append(_line(victim, phase, *_figures(found)))
    return "\n".join([*lines, _line("all", "", *_figures(outcomes))])


def _figures(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    killed = [outcome for outcome in outcomes if outcome.was_killed]
    lost = sum(bool(outcome.lost) for outcome in outcomes)
    return (
        str(len(killed)),
        str(sum(outcome.unprojected >= BATCHES_MIN for outcome in killed)),
        str(len(outcomes) - len(killed)),
        str(sum(outcome.acknowledged for outcome in killed)),
        f"in {lost} cycles" if lost else "nothing",
    )


def _line(victim: str, phase: str, *figures: str) -> str:
    return f"{victim:<16} {phase:<10}" + "".join(f"{figure:>14}" for figure in figures)
