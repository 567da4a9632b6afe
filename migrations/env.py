"""Alembic's environment: the application's own connection and metadata."""

from alembic import context

from helpdesk.extensions import Model, db


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Model.metadata, compare_type=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


run()
