"""How Alembic runs for any service: on a connection that it is handed, with the service's and the platform's tables."""

from alembic import context

configuration = context.config
connection = configuration.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=configuration.attributes["metadata"],
    compare_type=True,
    transaction_per_migration=False,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
