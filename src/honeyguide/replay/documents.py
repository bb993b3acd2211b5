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
