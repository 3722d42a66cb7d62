"""What the bench says of attacks."""

import json
from io import StringIO
from pathlib import Path

from rich.console import Console

import hypersim
from hypersim.bench.attack_kind import AttackKind
from hypersim.bench.attacks import AttackFigure, attacks_line, attacks_table

FIGURES = [
    AttackFigure(AttackKind.PINGS, 2.0, 3.0, 100),
    AttackFigure(AttackKind.SILENT, 2.0, 5.0, 90),
]


def test_a_row_says_how_many_times_longer_a_healthy_client_waited() -> None:
    console = Console(width=120, record=True, file=StringIO())
    console.print(attacks_table(FIGURES))
    rows = [line.split() for line in console.export_text().splitlines()]
    assert ["│", "pings", "│", "2.00", "│", "3.00", "│", "1.50", "│"] in [row[:9] for row in rows]


def test_the_bar_is_met_if_every_attack_keeps_it() -> None:
    assert json.loads(attacks_line(FIGURES))["bar_met"] is False
    met = json.loads(attacks_line(FIGURES[:1]))
    assert met["bar_met"] is True
    assert met["attacks"][0]["ratio"] == 1.5


def test_what_runs_as_a_process_of_its_own_is_imported_by_nobody() -> None:
    """Python would warn of it at every start, in the terminal of whoever measures."""
    sources = {file: file.read_text() for file in Path(hypersim.__file__).parent.rglob("*.py")}
    programs = [file.stem for file, text in sources.items() if '__name__ == "__main__"' in text]
    assert "attacker" in programs
    for file, text in sources.items():
        assert not [name for name in programs if f"bench.{name} import" in text], file
