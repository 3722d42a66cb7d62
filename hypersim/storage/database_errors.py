"""What a failure of the database means: come back later, or give up, and why in one line."""

import asyncpg

LOST_CONNECTION = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
)
"""A broken connection or a timeout: what became of the last statement is unknown."""

_TEMPORARY_STATES = (
    "08",  # connection exceptions
    "40",  # rolled back: serialization, deadlock
    "53300",  # too many connections
    "55P03",  # a lock was not to be had
    "57",  # the server shuts down, starts up, has crashed, or somebody canceled the statement
)

_ADVICE = {
    "53100": "the database's disk is full: free some space there and start again",
    "53200": "the database is out of memory: give it more and start again",
    "25006": "the database is read-only: start again when it can be written",
    "22003": "a number has more than the 20 digits before the point that the record holds",
    "42501": "the database's user lacks a permission: let it own the database",
    "42P01": "a table of the record is gone: restore the database from a copy",
}


def is_outage(error: BaseException) -> bool:
    """Whether the same statement may work later, on this connection or on the next."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_TEMPORARY_STATES)
    # A value that the protocol cannot carry is an InterfaceError too, and stays wrong.
    return isinstance(error, LOST_CONNECTION) and not isinstance(error, ValueError)


def explain(error: BaseException) -> str:
    """One line: what to do if that is known, and what the database said."""
    said = " ".join(str(error).split()) or type(error).__name__
    sqlstate = error.sqlstate if isinstance(error, asyncpg.PostgresError) else None
    advice = _ADVICE.get(sqlstate or "")
    if isinstance(error, asyncpg.InternalClientError):
        # What asyncpg makes of a session that is ended just when its statement was done.
        advice = "the database ended the session between two statements"
    if advice is None and "No space left on device" in said:
        advice = _ADVICE["53100"]
    return said if advice is None else f"{advice} ({said})"
