"""Development's mailbox: letters as files in the data folder, the newest few; no letter leaves the machine, none is logged."""

from __future__ import annotations

import os
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

KEPT = 200


@dataclass(frozen=True, slots=True)
class Mailbox:
    folder: Path

    async def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        with os.fdopen(os.open(self.folder / f"{name}.eml", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.as_bytes())
        # Names are UUIDv7: by name is by age.
        for old in sorted(self.folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
