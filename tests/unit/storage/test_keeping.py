"""--keep-journal is read strictly."""

import pytest

from hypersim.settings import Settings, UsageError
from hypersim.storage.growth.keeping import Keeping, keeping_of

DAY_S = 86_400


def test_an_age_a_size_or_both() -> None:
    assert keeping_of("7d,4GB") == Keeping(7 * DAY_S, 4_000_000_000)
    assert keeping_of("500MB, 24h") == Keeping(DAY_S, 500_000_000)
    assert keeping_of("30m") == Keeping(1800, None)
    assert keeping_of("forever") == Keeping(None, None)


@pytest.mark.parametrize(
    "text",
    ["", "7", "0d", "-1d", "4gb", "1.5GB", "7d,forever", "1GB,2GB", "7d,", "\u0667d"],
)
def test_anything_else_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(UsageError, match="7d,4GB, or forever, not"):
        Settings(keep_journal=text)
