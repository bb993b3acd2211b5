"""The whole structure of a migrated database as SQL text, the same on every machine."""

from __future__ import annotations

import re
from pathlib import Path

from honeyguide.database.postgres_binaries import run
from honeyguide.database.roles import OWNER

HEADING = "-- The whole database structure, dumped from the migrations by `make schema`; never edited.\n\n"


def dump_structure(socket_folder: Path, database: str) -> str:
    """pg_dump of everything but data; the wheel's own program, since PATH may hold an older one."""
    text = run(
        "pg_dump", "--schema-only", "--no-owner", "--no-tablespaces",
        # Without a fixed key each dump differs in its \\restrict line.
        "--restrict-key=honeyguide",
        "-h", str(socket_folder), "-U", OWNER, "-d", database,
    )  # fmt: skip
    return HEADING + _without_versions(text)


def _without_versions(text: str) -> str:
    """Versions and session settings of the dumping program are no structure; its headings repeat what the statements say."""
    dropped = (
        "SET ",
        "SELECT pg_catalog.set_config",
        "-- Name: ",
        "-- Dumped ",
        "-- PostgreSQL database dump",
        "\\restrict",
        "\\unrestrict",
    )
    lines = [line for line in text.splitlines() if line != "--" and not line.startswith(dropped)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
