"""What a bench looks at beside the server: the disk, the processors, and memory of processes."""

import os
from pathlib import Path

from hypersim.cli.bench.footprint import footprint
from hypersim.cli.bench.machine import busy_share, flush_ms


def test_a_flush_takes_time_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert flush_ms(tmp_path, flushes=3) > 0
    assert list(tmp_path.iterdir()) == []


def test_the_busy_share_is_a_share_where_the_system_tells() -> None:
    share = busy_share()
    assert share is None or 0 <= share <= 1


def test_a_process_has_memory_and_used_time() -> None:
    own = footprint(os.getpid())
    assert own.resident_bytes > 1_000_000
    assert own.cpu_s is None or own.cpu_s > 0


def test_a_process_with_its_children_is_itself_at_least() -> None:
    assert footprint(os.getpid(), with_children=True).resident_bytes > 1_000_000


def test_a_process_that_is_gone_has_no_memory() -> None:
    assert footprint(2**22 + 1).resident_bytes == 0
