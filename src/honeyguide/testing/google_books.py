"""What the Google simulator remembers: classes, objects and who watches them, kept in a file between runs where one is given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Resource = dict[str, Any]
Changed = Callable[[Resource, Resource, bool], Awaitable[None]]  # class, object, whether Google notifies

CLASS, OBJECT = "loyaltyClass", "loyaltyObject"
SCHEMAS = {CLASS: "LoyaltyClass", OBJECT: "LoyaltyObject"}


class Books:
    """One issuer's resources; `review` is what the reviewers decide of a class that is sent to them."""

    def __init__(self, state_file: Path | None) -> None:
        self._state_file = state_file
        self.classes: dict[str, Resource] = {}
        self.objects: dict[str, Resource] = {}
        self.holders: dict[str, set[str]] = {}
        self.review = "APPROVED"
        self._watchers: dict[str, list[Changed]] = {}
        self._dirty = False
        self._load()

    def store(self, kind: str) -> dict[str, Resource]:
        return self.classes if kind == CLASS else self.objects

    def put(self, kind: str, new: Resource, known: Resource | None) -> Resource:
        """Store a resource that was checked; a preference is of one update alone (G7)."""
        new.pop("notifyPreference", None)
        new["version"] = str(int((known or {}).get("version", "0")) + 1)
        if kind == CLASS:
            new["reviewStatus"] = self.review if new["reviewStatus"] == "UNDER_REVIEW" else new["reviewStatus"]
        else:
            new.setdefault("hasUsers", False)
        self.store(kind)[new["id"]] = new
        self.save_soon()
        return new

    def watch(self, object_id: str, changed: Changed) -> None:
        self._watchers.setdefault(object_id, []).append(changed)

    async def tell(self, kind: str, identifier: str, notified: bool) -> None:
        """Phones that hold the object show it anew; a class changes what all of its objects show."""
        changed = [identifier] if kind == OBJECT else [one for one, card in self.objects.items() if card["classId"] == identifier]
        for object_id in changed:
            card = self.objects[object_id]
            for watcher in self._watchers.get(object_id, ()):
                await watcher(self.classes[card["classId"]], card, notified)

    def save_soon(self) -> None:
        if self._state_file is not None and not self._dirty:
            self._dirty = True
            asyncio.get_running_loop().call_later(0.5, self.save)

    def save(self) -> None:
        if self._state_file is not None and self._dirty:
            self._dirty = False
            draft = self._state_file.with_suffix(".draft")
            draft.write_text(json.dumps({"classes": self.classes, "objects": self.objects}))
            draft.replace(self._state_file)

    def _load(self) -> None:
        if self._state_file is not None and self._state_file.exists():
            state = json.loads(self._state_file.read_text())
            self.classes, self.objects = state["classes"], state["objects"]
