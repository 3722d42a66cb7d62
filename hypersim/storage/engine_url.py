"""The same server for SQLAlchemy. Apart from the settings, as importing SQLAlchemy takes longer
than a start may, and only migrations need it."""

import sqlalchemy as sa

from hypersim.storage.connection import ConnectionSettings


def sqlalchemy_url(settings: ConnectionSettings) -> sa.URL:
    """The URL for `create_async_engine`; a socket directory may hold spaces."""
    query = {} if settings.ssl_mode is None else {"ssl": settings.ssl_mode}
    if settings.is_socket:
        query |= {"host": settings.host, "port": str(settings.port)}
    return sa.URL.create(
        "postgresql+asyncpg",
        username=settings.user,
        password=settings.password,
        host=None if settings.is_socket else settings.host,
        port=None if settings.is_socket else settings.port,
        database=settings.database,
        query=query,
    )
