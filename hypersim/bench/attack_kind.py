"""The attacks that are measured, by name."""

from enum import StrEnum

READY = "attacking"
"""What the attacker prints when it begins."""


class AttackKind(StrEnum):
    """Which way to harm."""

    PIPELINE = "pipeline"
    HEAD = "head"
    BODY = "body"
    SILENT = "silent"
    HALF_HEADS = "half-heads"
    PINGS = "pings"
    PONGS = "pongs"
    FRAGMENTS = "fragments"
    NO_TEXT = "no-text"
