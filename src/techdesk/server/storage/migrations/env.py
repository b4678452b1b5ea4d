"""Run the steps on the connection that `Database.migrate` hands over; Alembic loads this file by its name."""

from __future__ import annotations

from alembic import context

from techdesk.server.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
# the caller's transaction holds all steps and their record
context.run_migrations()
