"""The way to PostgreSQL: one pool, transactions, named SQL, migrations, and the embedded server."""

from honeyguide.database.connections import Connection, Executor, prepare_connection
from honeyguide.database.database import Database
from honeyguide.database.statements import statements

__all__ = ["Connection", "Database", "Executor", "prepare_connection", "statements"]
