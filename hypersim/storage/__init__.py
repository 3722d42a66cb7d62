"""Where state lives: Postgres tables, the group-commit writer, the loader, queries."""
