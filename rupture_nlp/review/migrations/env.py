"""What alembic runs to apply the versions, on the connection that `migrate` opened."""

from alembic import context

from rupture_nlp.review.tables import Table


def run() -> None:
    """Apply what is missing, in the transaction that is open."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Table.metadata,
        transactional_ddl=True,  # SQLite can, once BEGIN is ours (see `database`)
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # alembic's name for it; a plain import does nothing
    run()
