"""Partners of the coalition and where they sell."""

from __future__ import annotations

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.coalition.partner import Partner as Registered


@strawberry.type(description="A shop, or another place where a partner sells.")
class Location:
    code: str = strawberry.field(description="The partner's own code for it.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="A company of the coalition: it lets members earn, redeem, or both.")
class Partner(Node):
    registered: strawberry.Private[Registered]
    name: str = strawberry.field(description="Its name as members know it.")

    @list_field("Which categories its lines may carry, as far as the program file tells.", 1_000)
    def categories(self, info: Info) -> list[str]:
        terms = info.context.program.partners.get(self.registered.code)
        return list(terms.categories) if terms else []

    @list_field("Where it sells.", 1_000)
    def locations(self) -> list[Location]:
        return [Location(code=place.code, name=place.name) for place in self.registered.locations.values()]

    @classmethod
    def of(cls, registered: Registered) -> Partner:
        return cls(id=strawberry.ID(str(NodeId(NodeKind.PARTNER, registered.partner_id))), name=registered.name, registered=registered)
