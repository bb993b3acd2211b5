"""What the demo says when everything runs: where it is, who you are, four things to try."""

from __future__ import annotations

import os
from pathlib import Path

from honeyguide.demo.facts import Facts

PURCHASE = """\
curl -K {folder}/partner.curl -d '{{
  "query": "mutation Buy($input: PostTransactionInput!) {{ postTransaction(input: $input) {{ __typename \
... on TransactionPosted {{ transaction {{ accruals {{ quantity unit {{ code }} because {{ text }} }} }} }} ... on UserError {{ code message }} }} }}",
  "variables": {{"input": {{
    "idempotencyKey": "try-'$(date +%s)'", "reference": "'$(date +%s)'", "occurredAt": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'",
    "member": {{"email": "{email}"}}, "location": "store-330", "amount": {{"amount": "61.50", "currency": "USD"}},
    "lines": [{{"lineId": "1", "sku": "apples", "category": "PRODUCE", "quantity": "3", "amount": "11.50"}},
              {{"lineId": "2", "sku": "coffee", "category": "GROCERY", "quantity": "8", "amount": "50.00"}}]}}}}
}}'"""

DASHBOARD = """\
curl -K {folder}/member.curl -d '{{"query": "{{ me {{ memberNumber tier {{ tier {{ name }} until }} progress {{ current needed next {{ name }} }} \
accounts {{ unit {{ code }} available pending }} activity(first: 5) {{ edges {{ node {{ title quantity unit {{ code }} occurredAt }} }} }} }} }}"}}'"""

CARD = "curl -K {folder}/add.curl"


def words(facts: Facts, email: str) -> str:
    """Plain text, whose commands work when pasted into a second shell in the same folder."""
    folder = shown(facts.settings.data_dir)
    url = facts.settings.url
    commands = {name: text.format(folder=folder, email=email) for name, text in COMMANDS.items()}
    return f"""
Honeyguide runs.

  GraphQL     {url}/member/graphql   {url}/partner/graphql   {url}/operator/graphql   (GraphiQL in a browser; {folder}/demo.json has links that sign you in)
  card page   {facts.add_url}
  member page {facts.member_page}
  simulators  APNs on port {facts.apns_port}, Google Wallet and the phones: {facts.google_url}/phones
  all facts   {folder}/demo.json; logs in {folder}/logs

Tokens, good for a day (send them as `Authorization: Bearer ...`):
  member {facts.member_number} ({email})
    {facts.member_token}
  partner grocer
    {facts.grocer_token}
  operator
    {facts.operator_token}

Four things to try from a second shell in this folder:

1. Post a purchase, and watch the two phones here:
{commands["purchase"]}

2. See the member's dashboard:
{commands["dashboard"]}

3. Look at the page where the member adds the card (or open it in a browser):
{commands["card"]}

4. Join yourself: open {url}/join, the letter with the code lies in {folder}/mail.

Ctrl-C ends everything; the data stays for the next start.
"""


COMMANDS = {"purchase": PURCHASE, "dashboard": DASHBOARD, "card": CARD}


def shown(folder: Path) -> str:
    """The folder as short as it can be pasted here."""
    relative = os.path.relpath(folder)
    return relative if not relative.startswith("..") else str(folder)
