"""One phone of each kind that holds the demo member's pass."""

from __future__ import annotations

import httpx

from honeyguide.replay.api import Api, ApiRefused

STYLE = "membership"

ISSUE = """
mutation DemoPass($input: IssuePassInput!) {
  issuePass(input: $input) { __typename ... on PassIssued { pass { addUrl } } ... on UserError { code message } }
}
"""


async def issue_pass(member: Api) -> str:
    """The address of the page where the member adds the card."""
    answer = (await member.ask(ISSUE, {"input": {"style": STYLE}}))["issuePass"]
    if answer["__typename"] != "PassIssued":
        raise ApiRefused(f"no pass was issued: {answer['code']}: {answer['message']}")
    return str(answer["pass"]["addUrl"])


async def hand_out_phones(http: httpx.AsyncClient, simulators: str, add_url: str) -> None:
    """An iPhone and an Android phone with the pass, where earlier starts left none; raises ApiRefused."""
    held = {phone["kind"] for phone in (await http.get(f"{simulators}/phones")).json()}
    for kind in ("iphone", "android"):
        if kind in held:
            continue
        answer = await http.post(f"{simulators}/phones", json={"kind": kind, "url": add_url}, timeout=20)
        if answer.status_code != 201:
            raise ApiRefused(f"the virtual {kind} does not take the pass: {answer.text}")
