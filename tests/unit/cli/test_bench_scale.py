"""How a bench tells what grows how."""

import io

import msgspec
from rich.console import Console

from hypersim.bench.scale import Axis, ScalePoint
from hypersim.bench.scale_report import scale_line, scale_plots

POINTS = [
    ScalePoint(Axis.ORDERS, 100_000, 9_000.0, 0.2, 21.5, 110.0, 240.0, start_s=2.5),
    ScalePoint(Axis.USERS, 10, 9_000.0, 0.2, 21.5, 110.0, 200.0),
    ScalePoint(Axis.USERS, 1_000, 4_500.0, 0.1, 41.5, 210.0, 220.0),
    ScalePoint(Axis.SYMBOLS, 400, 4_000.0, 0.1, 41.5, 210.0, 400.0),
    ScalePoint(Axis.SOCKETS, 20, 7_000.0, 0.15, 31.5, 140.0, 210.0, told_per_second=14_000.0),
]


def printed() -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    console.print(scale_plots(POINTS))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_there_is_a_plot_for_each_axis() -> None:
    lines = printed()
    assert [line.strip() for line in lines if line.startswith("Orders, by")] == [
        "Orders, by orders in the record",
        "Orders, by users",
        "Orders, by symbols",
        "Orders, by sockets that hear user data",
    ]


def test_half_as_many_orders_have_half_the_bar() -> None:
    few, many = (next(line for line in printed() if f"{size} " in line) for size in ("10", "1,000"))
    assert few.count("█") == 2 * many.count("█") > 0


def test_every_figure_fits_on_a_line() -> None:
    lines = "\n".join(printed())
    assert "…" not in lines
    for figure in ("100,000", "0.200", "9,000", "21.5", "110", "240", "2.5", "14,000.0"):
        assert figure in lines


def test_the_json_is_one_line_of_points() -> None:
    line = scale_line(POINTS)
    assert "\n" not in line
    assert msgspec.json.decode(line)["scale"][0]["start_s"] == 2.5
