"""The way to PostgreSQL: one pool, transactions, named SQL, migrations, and the embedded server."""

from honeyguide.database.connections import Connection, Executor, prepare_connection
from honeyguide.database.database import Database
from honeyguide.database.running import Addresses, running_database
from honeyguide.database.section import Section
from honeyguide.database.statements import statements

__all__ = ["Addresses", "Connection", "Database", "Executor", "Section", "prepare_connection", "running_database", "statements"]
