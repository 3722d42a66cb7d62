"""A PostgreSQL server of our own: found, laid on the disk, started, watched and ended."""
