"""How late the tables are, as their server knows it."""

import pytest

from hypersim.storage.projection import progress as progress_module
from hypersim.storage.projection.progress import Progress


def test_what_the_last_run_left_to_the_tables_is_late_from_the_first_order_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 100.0
    monkeypatch.setattr(progress_module, "monotonic", lambda: now_s)
    progress = Progress()
    progress.start_at(5)
    progress.projected(3)
    now_s += 2
    assert progress.behind_s == 0
    progress.take_orders()
    now_s += 2
    assert (progress.behind_s, progress.behind_since_s, progress.is_late) == (2, 102, True)
    progress.projected(5)
    assert (progress.behind_s, progress.is_late) == (0, False)


def test_tables_that_stepped_back_are_late_since_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(progress_module, "monotonic", lambda: now_s)
    progress = Progress()
    progress.projected(7)
    progress.projected(4)
    now_s += 3
    assert progress.behind_s == 3
    progress.projected(6)
    assert progress.behind_s == 3
    progress.projected(7)
    assert progress.behind_s == 0
