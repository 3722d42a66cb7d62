"""How hard tests with random inputs look; a conftest.py that wants it imports this file.

`make test-all` looks `thorough`ly, and `HYPOTHESIS_PROFILE=long` longer still. CI sees the same
inputs in every run.
"""

import os

from hypothesis import HealthCheck, settings

_SLOW_MACHINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
_USUAL = "ci" if os.environ.get("CI") else "default"

settings.register_profile(
    "default", deadline=None, max_examples=15, suppress_health_check=_SLOW_MACHINE
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=100)
settings.register_profile("long", settings.get_profile("default"), max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", _USUAL))
