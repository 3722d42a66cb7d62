"""Equity over time, and a page that draws it beside buy-and-hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

WIDTH, HEIGHT, MARGIN = 960, 420, 48
PAGE = """<!doctype html><meta charset="utf-8"><title>Equity of the rebalance bot</title>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"
 font-size="12"><rect width="100%" height="100%" fill="white"/>
<polyline fill="none" stroke="#888" stroke-width="1.5" points="{held}"/>
<polyline fill="none" stroke="#06c" stroke-width="1.5" points="{worth}"/>
<text x="{margin}" y="20" fill="#06c">bot {last:.2f}</text>
<text x="{margin}" y="36" fill="#888">buy and hold {last_held:.2f}</text>
<text x="4" y="{margin}">{top:.0f}</text><text x="4" y="{bottom_y}">{bottom:.0f}</text>
<text x="{margin}" y="{label_y}">{begin}</text>
<text x="{right}" y="{label_y}" text-anchor="end">{end}</text></svg>
"""


@dataclass(frozen=True, slots=True)
class Equity:
    """What an account was worth in quote, and the coin's price then."""

    time_ms: int
    worth: Decimal
    price: Decimal


def page_of(seen: Sequence[Equity], held: Sequence[Decimal]) -> str:
    """The page; `held` is what buy-and-hold was worth at the same times."""
    worths = [each.worth for each in seen]
    bottom, top = min(*worths, *held), max(*worths, *held)
    return PAGE.format(
        width=WIDTH,
        height=HEIGHT,
        margin=MARGIN,
        right=WIDTH - MARGIN,
        bottom_y=HEIGHT - MARGIN,
        label_y=HEIGHT - 16,
        held=_points(held, bottom, top),
        worth=_points(worths, bottom, top),
        last=worths[-1],
        last_held=held[-1],
        top=top,
        bottom=bottom,
        begin=_day(seen[0].time_ms),
        end=_day(seen[-1].time_ms),
    )


def _points(values: Sequence[Decimal], bottom: Decimal, top: Decimal) -> str:
    across = Decimal(WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    up = Decimal(HEIGHT - 2 * MARGIN) / ((top - bottom) or 1)
    return " ".join(
        f"{MARGIN + n * across:.1f},{HEIGHT - MARGIN - (value - bottom) * up:.1f}"
        for n, value in enumerate(values)
    )


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).date().isoformat()
