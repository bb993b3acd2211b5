"""Proves by catalogue and text that the post path can be distributed by member, for when one machine is not enough."""

from __future__ import annotations

import re
from importlib import resources

import asyncpg

from honeyguide.database.statements import statements

# Every table a posting reads or writes. The lookup and the claims are the two that cannot belong to one member.
POST_PATH = ("standing", "tier_change", "account", "transaction", "transfer", "lot", "lot_move", "hold", "counter", "parked_post", "pass")
NOT_BY_MEMBER = ("claim", "identifier")
OTHERS_BY_MEMBER = (
    "member",
    "person",
    "consent",
    "google_object",
    "merge",
    "erasure",
    "household_member",
    "card_key",
    "used_code",
    "pin",
    "session",
)
SLICES = ("ledger", "till", "transactions")
FUNCTIONS = ("transfer_units.sql", "lots_at.sql", "as_of.sql", "till_read.sql", "till_open.sql", "till_write.sql")
# No postings: sweeps and operators' reads, which a distributed database sends to every shard.
ACROSS_MEMBERS = {
    "due_members": "the sweep asks who is due; it posts for one member at a time",
    "count_transactions": "an operator's figure",
    "broken_rows": "the proof covers everybody",
    "liability_at": "an operator's figure",
    "parked_posts": "an operator's queue",
    "odd_tills": "an operator's figures",
    "posts_of": "an operator's list of one partner",
    "count_parked": "an operator's queue",
    "unsettled": "the sweep asks what was decided and not carried out",
    "unmatched_at_cashier": "what one cashier took of all members today: asked before anything is posted",
    "partner_posts": "a partner reads its own list",
}
_REFERENCE = re.compile(
    rf"\b(?:FROM|JOIN|UPDATE)\s+(?:ONLY\s+)?({'|'.join(POST_PATH)})\b(?!\s*[(\[])(?:\s+(?:AS\s+)?(?!ON\b|WHERE\b|SET\b|JOIN\b|USING\b|ORDER\b|GROUP\b)(\w+))?",
    re.IGNORECASE,
)
_INSERT = re.compile(rf"\bINSERT\s+INTO\s+({'|'.join(POST_PATH)})\b\s*\(([^)]*)\)", re.IGNORECASE)

_PRIMARY_KEYS = """
SELECT c.relname AS name,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS columns
FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""
_UNREADABLE = """
SELECT relname::text AS name FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND NOT has_table_privilege('honeyguide_app', oid, 'SELECT')
"""


async def lint_database(url: str) -> list[str]:
    """What the catalogue of a migrated database gets wrong."""
    connection = await asyncpg.connect(url)
    try:
        keys = {row["name"]: list(row["columns"]) for row in await connection.fetch(_PRIMARY_KEYS)}
        tables = {row[0] for row in await connection.fetch("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")}
        foreign = await connection.fetch("SELECT conrelid::regclass::text AS name FROM pg_constraint WHERE contype = 'f'")
        unreadable = await connection.fetch(_UNREADABLE)
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
        *(
            f"table {row['name']} has a foreign key: there are none in the post path"
            for row in foreign
            if row["name"] in (*by_member, *NOT_BY_MEMBER)
        ),
        *(f"the application role may not read {row['name']}: grant it in the migration that makes it" for row in unreadable),
    ]


def lint_statements() -> list[str]:
    """Statements of the post path that could touch a row without naming its member."""
    named = {place: text for place, text in post_path_statements().items() if place.rpartition(" ")[2] not in ACROSS_MEMBERS}
    for file in FUNCTIONS:
        text = resources.files("honeyguide.migrations").joinpath("sql", file).read_text(encoding="utf-8")
        named |= {f"migrations/sql/{file}: statement {place}": part for place, part in enumerate(_without_comments(text).split(";"), 1)}
    return [finding for name, text in named.items() for finding in _unfiltered(name, _without_comments(text))]


def post_path_statements() -> dict[str, str]:
    """Every named statement of the slices that post, by `slice/file.sql: name`."""
    return {
        f"{name}/{file.name}: {statement}": text
        for name in SLICES
        for file in resources.files(f"honeyguide.{name}").iterdir()
        if file.name.endswith(".sql")
        for statement, text in statements(f"honeyguide.{name}", file.name).items()
    }


def _unfiltered(name: str, statement: str) -> list[str]:
    """Each table of the post path must be narrowed to members: `t.member_id = ...`, `IN`, or a join on (program_id, member_id)."""
    findings = []
    for table, alias in _REFERENCE.findall(statement):
        owner = rf"(?:(?:{table}|{alias or table})\.|(?<![.\w]))"
        filtered = rf"{owner}member_id\s*(?:=|IN\b)|=\s*{owner}member_id\b|\(\s*{owner}?program_id,\s*{owner}?member_id\b"
        if not re.search(filtered, statement, re.IGNORECASE):
            findings.append(f"{name} reads or changes {table} without its member_id")
    for table, columns in _INSERT.findall(statement):
        if "member_id" not in columns:
            findings.append(f"{name} writes {table} without member_id")
    return findings


def _without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)
