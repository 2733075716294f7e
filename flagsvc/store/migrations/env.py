"""Run migrations on the connection that the caller holds, inside its transaction and lock."""

from alembic import context

from flagsvc.store.tables import metadata
from flagsvc.store.versions import VERSION

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION,
    transactional_ddl=True,
)
context.run_migrations()
