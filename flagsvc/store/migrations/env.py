"""Run migrations on the connection that the caller holds, inside its transaction and lock."""

from alembic import context

from flagsvc.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
