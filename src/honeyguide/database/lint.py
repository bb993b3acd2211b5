"""Proves by catalogue and text that the post path can be distributed by member (ledger.md, "When one machine is not enough")."""

from __future__ import annotations

import re
from importlib import resources

import asyncpg

from honeyguide.database.statements import statements

# Every table a posting reads or writes. The lookup and the claims are the two that cannot belong to one member.
POST_PATH = ("standing", "tier_change", "account", "transaction", "transfer", "lot", "lot_move", "counter", "parked_post", "pass")
NOT_BY_MEMBER = ("claim", "identifier")
OTHERS_BY_MEMBER = ("member", "google_object")
SLICES = ("ledger", "till", "transactions")
FUNCTIONS = ("till_open.sql", "till_write.sql")
# A statement outside of a posting that may span members says so in the sentence above it, and why.
ACROSS = re.compile(r"\bacross members\b", re.IGNORECASE)
TOUCHES = re.compile(rf"\b(?:from|join|update|into)\s+(?:only\s+)?({'|'.join(POST_PATH)})\b(?!\s*\()", re.IGNORECASE)


async def lint_database(url: str) -> list[str]:
    """What the catalogue of a migrated database gets wrong."""
    connection = await asyncpg.connect(url)
    try:
        keys = {
            row["name"]: list(row["columns"])
            for row in await connection.fetch(
                """
                SELECT c.relname AS name,
                       (SELECT array_agg(a.attname::text ORDER BY k.place)
                        FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k(attnum, place)
                        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS columns
                FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                """
            )
        }
        tables = {row[0] for row in await connection.fetch("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")}
        foreign = await connection.fetch("SELECT conrelid::regclass::text AS name FROM pg_constraint WHERE contype = 'f'")
        unreadable = await connection.fetch(
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' AND NOT has_table_privilege('honeyguide_app', tablename, 'SELECT')"
        )
    finally:
        await connection.close()
    by_member = (*POST_PATH, *OTHERS_BY_MEMBER)
    return [
        *(f"table {name} has no primary key" for name in sorted(tables - keys.keys())),
        *(f"table {name} is missing, the lint is out of date" for name in (*by_member, *NOT_BY_MEMBER) if name not in tables),
        *(
            f"the key of {name} is ({', '.join(keys[name])}): program_id, member_id must lead it"
            for name in by_member
            if name in keys and keys[name][:2] != ["program_id", "member_id"]
        ),
        *(f"table {row['name']} has a foreign key: there are none in the post path" for row in foreign if row["name"] in (*by_member, *NOT_BY_MEMBER)),
        *(f"the application role may not read {row['name']}: grant it in the migration that makes it" for row in unreadable),
    ]


def lint_statements() -> list[str]:
    """Named statements and functions of the post path that touch a member's rows without naming the member."""
    findings = []
    for place, name, text in _named_sql():
        sentence, _, body = text.partition("\n")
        tables = sorted({table.lower() for table in TOUCHES.findall(_code(body))})
        if tables and "member_id" not in body and not ACROSS.search(_sentence(text)):
            findings.append(f"{place}: {name} touches {', '.join(tables)} without member_id; say 'across members' and why, if it is no posting")
    return findings
