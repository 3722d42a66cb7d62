"""Chance that follows from a seed, without a file to keep its numbers in."""

from hypersim.service.chance import Purpose, SeededChance


def seeded(seed: int = 7) -> SeededChance:
    """From the first number on."""
    return SeededChance(seed, [0] * len(Purpose))
