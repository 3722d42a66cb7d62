"""What a bench looks at beside the server: the disk, the processors, and memory of processes."""

import os
from pathlib import Path

from hypersim.bench.footprint import footprint
from hypersim.bench.machine import (
    Ticks,
    flush_ms,
    others_share,
    own_client_s,
    processor_ticks,
)


def test_a_flush_takes_time_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert flush_ms(tmp_path, flushes=3) > 0
    assert list(tmp_path.iterdir()) == []


def test_what_others_used_is_what_we_did_not() -> None:
    before, after = Ticks(used_s=100, all_s=1_000), Ticks(used_s=108, all_s=1_010)
    assert others_share(before, after, own_s=6) == 0.2
    assert others_share(before, after, own_s=9) == 0


def test_what_others_used_is_unknown_where_the_system_does_not_tell() -> None:
    assert others_share(None, None, own_s=6) is None


def test_the_machine_has_used_no_more_than_all_of_its_processors() -> None:
    ticks = processor_ticks()
    assert ticks is None or 0 < ticks.used_s < ticks.all_s
    assert own_client_s() > 0


def test_a_process_has_memory_and_used_time() -> None:
    own = footprint(os.getpid())
    assert own.resident_bytes > 1_000_000
    assert own.cpu_s is None or own.cpu_s > 0


def test_a_process_with_its_children_is_itself_at_least() -> None:
    assert footprint(os.getpid(), with_children=True).resident_bytes > 1_000_000


def test_a_process_that_is_gone_has_no_memory() -> None:
    assert footprint(2**22 + 1).resident_bytes == 0
