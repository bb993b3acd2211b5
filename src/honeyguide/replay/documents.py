"""The GraphQL documents that a replay sends."""

ENROL = """
mutation ReplayEnrol($input: EnrollMemberInput!) {
  enrollMember(input: $input) { __typename ... on MemberEnrolled { replayed } ... on UserError { code message } }
}
"""

POST = """
mutation ReplayPost($input: PostTransactionsInput!) {
  postTransactions(input: $input) {
    __typename
    ... on BatchPosted {
      results {
        __typename
        ... on TransactionPosted { replayed transaction { amount { amount } accruals { quantity unit { code } } } }
        ... on TransactionParked { reason replayed }
        ... on TransactionRejected { retryAfter }
        ... on UserError { code message }
      }
    }
    ... on UserError { code message }
  }
}
"""

BOOKS = """
query ReplayBooks {
  conservation { transactions brokenRows { rule detail } }
  passDelivery { stale pushedLastHour failedLastHour }
}
"""

DELIVERY = "query ReplayDelivery { passDelivery { stale } }"

TIERS = """
query ReplayTiers($after: String) {
  members(first: 100, after: $after) { edges { node { tier { tier { code name rank } } } } pageInfo { hasNextPage endCursor } }
}
"""

_SAID = "__typename ... on TransactionRejected { retryAfter } ... on UserError { code message }"

REVERSE = f"""
mutation ReplayReverse($input: ReverseTransactionInput!) {{
  answer: reverseTransaction(input: $input) {{ {_SAID} ... on TransactionReversed {{ replayed }} }}
}}
"""

REDEEM = f"""
mutation ReplayRedeem($input: RedeemInput!) {{ answer: redeem(input: $input) {{ {_SAID} ... on Redeemed {{ replayed }} }} }}
"""

AUTHORIZE = f"""
mutation ReplayAuthorize($input: AuthorizeRedemptionInput!) {{
  answer: authorizeRedemption(input: $input) {{ {_SAID} ... on RedemptionAuthorized {{ replayed hold {{ id }} }} }}
}}
"""

CAPTURE = f"""
mutation ReplayCapture($input: CaptureRedemptionInput!) {{
  answer: captureRedemption(input: $input) {{ {_SAID} ... on RedemptionCaptured {{ replayed }} }}
}}
"""

STATES = """
query ReplayStates($after: String) {
  members(first: 100, after: $after) {
    edges { node { email tier { tier { code } } accounts { unit { code decimals } available pending held debt } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
