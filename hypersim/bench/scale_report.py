"""What grows how, as a plot for each axis and as a line of JSON."""

from collections.abc import Sequence

import msgspec
from rich.bar import Bar
from rich.console import Group
from rich.table import Table

from hypersim.bench.scale import Axis, ScalePoint

BAR_WIDTH = 18

_OF = {
    Axis.ORDERS: "orders in the record",
    Axis.USERS: "users",
    Axis.SYMBOLS: "symbols",
    Axis.SOCKETS: "sockets that hear user data",
}


def scale_plots(points: Sequence[ScalePoint]) -> Group:
    """One for each axis: the bar is the ratio of orders to requests of the bare echo, which is
    free of most of what the machine has to do with it. Then orders per second, their p99,
    processor time of each in all processes, and the server's memory."""
    most = max(point.ratio_to_echo for point in points)
    return Group(*(_plot(axis, points, most) for axis in Axis))


def _plot(axis: Axis, points: Sequence[ScalePoint], most: float) -> Table:
    plot = Table(title=f"Orders, by {_OF[axis]}", title_justify="left", box=None)
    plot.add_column(str(axis), justify="right", no_wrap=True)
    plot.add_column("ratio to the echo", no_wrap=True)
    for heading in ("", "per s", "p99 ms", "µs", "MB", *_extra(axis)):
        plot.add_column(heading, justify="right", no_wrap=True)
    for point in points:
        if point.axis is axis:
            plot.add_row(
                f"{point.size:,}",
                Bar(most, 0, point.ratio_to_echo, width=BAR_WIDTH),
                f"{point.ratio_to_echo:.3f}",
                f"{point.orders_per_second:,.0f}",
                f"{point.p99_ms:.1f}",
                f"{point.cpu_us:.0f}",
                f"{point.server_mb:.0f}",
                *(f"{value:,.1f}" for value in (point.start_s, point.told_per_second) if value),
            )
    return plot


def _extra(axis: Axis) -> tuple[str, ...]:
    match axis:
        case Axis.ORDERS:
            return ("start s",)
        case Axis.SOCKETS:
            return ("told/s",)
        case Axis.USERS | Axis.SYMBOLS:
            return ()


def scale_line(points: Sequence[ScalePoint]) -> str:
    """In one line of JSON."""
    return msgspec.json.encode({"scale": points}).decode()
