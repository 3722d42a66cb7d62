"""Tests with random inputs look as hard as the profile says."""

import tests.support.hypothesis_profiles  # noqa: F401 - imported for its effect
