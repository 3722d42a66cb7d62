"""Who answers at the root: one dialect each."""

import re

import pytest

from hypersim.api.dialect import Dialect, Mounted, load_dialects
from hypersim.api.services import Services
from hypersim.bootstrap.choices import DIALECTS
from hypersim.bootstrap.serving import check_paths
from hypersim.settings import SettingsError


def dialect(name: str, *root_paths: str) -> Dialect:
    def build(services: Services) -> Mounted:
        raise AssertionError(services)

    return Dialect(name, f"/{name}", root_paths, build)


def test_the_dialects_that_there_are_get_along() -> None:
    check_paths(load_dialects(DIALECTS))


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (("/v2", "/api"), "both the dialect one and the dialect two want /api at the root;"),
        (("/one",), "both the dialect one and the dialect two want /one at the root;"),
        (("/metrics",), "both the admin API and the dialect two want /metrics at the root;"),
    ],
)
def test_a_path_that_two_want_is_one_clear_line(paths: tuple[str, ...], told: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)) as caught:
        check_paths([dialect("one", "/api"), dialect("two", *paths)])
    assert "\n" not in str(caught.value)
