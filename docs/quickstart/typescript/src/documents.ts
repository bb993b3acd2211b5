// All that this app asks. Types of variables and answers follow from these texts and the SDL in schema/; nothing is generated beside them.
import { initGraphQLTada, type ResultOf } from "gql.tada";
import type { introspection } from "./graphql-env.js";

export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  // Decimals stay strings: a binary fraction has no place for 0.10.
  scalars: { Decimal: string; Date: string; DateTime: string; CurrencyCode: string };
}>();

export const ActivityRow = graphql(`
  fragment ActivityRow on Activity { id kind state title quantity unit { code name } occurredAt because { text } }
`);

export const Dashboard = graphql(
  `
    query Dashboard {
      me {
        version
        memberNumber
        tier { tier { name color } until }
        progress { remaining next { name } }
        accounts { id unit { code decimals name } available pending expiring { quantity expiresOn } }
        activity(first: 20) { edges { cursor node { ...ActivityRow } } pageInfo { startCursor endCursor hasNextPage } }
      }
    }
  `,
  [ActivityRow],
);

export const NewerActivity = graphql(
  `
    query NewerActivity($before: String) {
      me {
        activity(last: 100, before: $before) { edges { cursor node { ...ActivityRow } } pageInfo { startCursor hasPreviousPage } }
      }
    }
  `,
  [ActivityRow],
);

export const Card = graphql(`
  query Card { me { card { format message altText validUntil } } }
`);

export const NewActivity = graphql(
  `
    subscription NewActivity($after: String) { activityAdded(after: $after) { ...ActivityRow } }
  `,
  [ActivityRow],
);

export const SetConsent = graphql(`
  mutation SetConsent($input: SetConsentInput!) {
    setConsent(input: $input) {
      __typename
      ... on ConsentSet { replayed consent { purpose given } }
      ... on TransactionRejected { retryAfter }
      ... on UserError { code message path }
    }
  }
`);

export type Row = ResultOf<typeof ActivityRow>;

/** What the server is told to trust (npm run manifest). */
export const documents = { Dashboard, NewerActivity, Card, NewActivity, SetConsent };
