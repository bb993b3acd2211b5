"""How long what need not stay for ever is kept (R57); pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from honeyguide.programs.scalars import Part, Whole

Days = Annotated[Whole, Field(ge=1, le=3650)]
Months = Annotated[Whole, Field(ge=1, le=600)]


class InactiveMembers(Part):
    """Members of whom nothing was heard: no purchase, no redemption, no joining."""

    close_after_months: Months | None = Field(
        None, description="Months without activity after which the membership is closed; left out: never."
    )
    erase_after_months: Months | None = Field(
        None, description="Months after the end of a membership after which its person is erased; left out: never."
    )


class Retention(Part):
    """Days for which each is kept after it has served; what is left out has the default."""

    parked_posts: Days = Field(90, description="Posts that somebody decided on, after the decision; default 90.")
    tallies: Days = Field(1, description="Counts of posts by cashier, shop and partner, after no limit asks for them; default 1.")
    freezes: Days = Field(730, description="Who and what was frozen and why, after its end; default 730.")
    device_log: Days = Field(30, description="Deliveries to phones as counted by the hour; default 30.")
    one_time_codes: Days = Field(1, description="Codes sent by e-mail, after their end; default 1.")
    sessions: Days = Field(30, description="Sign-ins, after their end; default 30.")
    used_codes: Days = Field(7, description="Rotating codes and handles that were used, after their end; default 7.")
    nonces: Days = Field(2, description="Ids of assertions that were used, after their end; default 2.")
    approvals: Days = Field(365, description="Acts that waited for a second person, after the decision; default 365.")
    pass_messages: Days = Field(400, description="Messages that stood on passes, after they were written; default 400.")
    inactive_members: InactiveMembers = Field(InactiveMembers(), description="What becomes of members who do not come any more.")
