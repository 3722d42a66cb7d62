"""The backtest: its picture, and a day of a real month through a real server."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.rebalance_bot.backtest import half_held
from scripts.rebalance_bot.equity import Equity, page_of
from tests.support.real_data import MONTH, needs_data

D = Decimal
DAY_MS = 86_400_000
ROOT = Path(__file__).parents[2]
SEEN = [
    Equity(1_640_995_200_000 + day * DAY_MS, worth, price)
    for day, (worth, price) in enumerate([(D(10000), D(100)), (D(10400), D(110)), (D(9900), D(90))])
]


def test_buy_and_hold_has_half_of_the_money_in_coin_from_the_start() -> None:
    assert half_held(SEEN) == [D(10000), D(10500), D(9500)]


def test_the_page_draws_both_from_the_lowest_to_the_highest() -> None:
    page = page_of(SEEN, half_held(SEEN))
    assert 'points="48.0,210.0 480.0,48.0 912.0,372.0"' in page
    assert "bot 9900.00" in page
    assert "buy and hold 9500.00" in page
    assert ">2022-01-01<" in page
    assert ">2022-01-03<" in page


@needs_data
@pytest.mark.slow
def test_a_day_of_a_real_month_is_traded(tmp_path: Path) -> None:
    picture = tmp_path / "equity.html"
    program = ROOT / "scripts" / "rebalance_bot" / "backtest.py"
    command = [sys.executable, str(program), str(MONTH), "--days", "1", "--html", str(picture)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.startswith("rebalances 96 ")
    assert "polyline" in picture.read_text()
