"""Secrets that follow from a seed are for this machine only."""

import pytest

from hypersim.bootstrap.choices import check_names
from hypersim.settings import Settings, SettingsError


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "exchange.example"])
def test_a_reproducible_run_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(SettingsError, match=r"--clock step draws .* loopback host"):
        check_names(Settings(feed="synthetic", clock="step", host=host))
    with pytest.raises(SettingsError, match=r"--reproducible draws .* loopback host"):
        check_names(Settings(feed="synthetic", reproducible=True, host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_reproducible_run_starts_there(host: str) -> None:
    check_names(Settings(feed="synthetic", clock="step", host=host))
