"""Runs migrations over the connection that `hypersim.storage.schema_upgrade` hands in."""

from alembic import context

from hypersim.storage.tables.schema import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("hypersim migrates by itself when it starts; alembic has no connection here")
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
