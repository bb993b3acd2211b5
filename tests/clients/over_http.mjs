// GraphQL over HTTP by graphql-request, urql and Apollo: each sees the dashboard, posts a purchase and reads errors by their codes.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client/core/index.js";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries/index.js";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { parse } from "graphql";
import { ClientError, GraphQLClient } from "graphql-request";
import { answer, bearer, given } from "./given.mjs";

const BROKEN = "query Broken { nobody }";
const codes = (errors) => errors.map((error) => error.extensions.code);

// What a client of each kind does: `run` gives the data, or the codes of the errors.
function byGraphqlRequest({ url, token }) {
  const client = new GraphQLClient(url, { headers: bearer(token) });
  return async (document, variables) => {
    try {
      return await client.request(document, variables);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return codes(error.response.errors);
    }
  };
}

function byUrql({ url, token }) {
  const client = new Client({ url, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers: bearer(token) }, preferGetMethod: false });
  return async (document, variables) => {
    const node = parse(document);
    const isMutation = node.definitions[0].operation === "mutation";
    const { data, error } = await (isMutation ? client.mutation(node, variables) : client.query(node, variables)).toPromise();
    if (error && !error.graphQLErrors.length) throw error;
    return error ? codes(error.graphQLErrors) : data;
  };
}

function byApollo({ url, token }, link = undefined, fetchFn = fetch) {
  const http = new HttpLink({ uri: url, headers: bearer(token), fetch: fetchFn });
  const client = new ApolloClient({ link: link ? ApolloLink.from([link, http]) : http, cache: new InMemoryCache() });
  return async (document, variables) => {
    const node = parse(document);
    const isMutation = node.definitions[0].operation === "mutation";
    try {
      const { data } = await (isMutation ? client.mutate({ mutation: node, variables }) : client.query({ query: node, variables }));
      return data;
    } catch (error) {
      const errors = error.graphQLErrors.length ? error.graphQLErrors : error.networkError?.result?.errors;
      if (!errors) throw error;
      return codes(errors);
    }
  };
}

async function story(client, [purchase, free]) {
  const [member, partner, stranger] = [client(given.member), client(given.partner), client({ ...given.member, token: "no.such.token" })];
  const posted = await partner(given.documents.purchase, { input: purchase });
  const refused = await partner(given.documents.purchase, { input: free });
  return {
    dashboard: await member(given.documents.dashboard, {}),
    purchase: posted.postTransaction,
    refused: refused.postTransaction,
    broken: await member(BROKEN, {}),
    stranger: await stranger(given.documents.dashboard, {}),
  };
}

// What a link sent: how, whether with the text, and what it was answered.
async function watched(client, link, document) {
  const sent = [];
  const fetchFn = async (to, init) => {
    const response = await fetch(to, init);
    sent.push([init.method, /[?&]query=|"query":/.test(to + (init.body ?? "")) ? "text" : "id", response.status]);
    return response;
  };
  return { data: await byApollo(client, link, fetchFn)(document, {}), sent };
}

// Ids of a manifest that the build made, by GET; and an id of Apollo's own, which no server knows before it saw the text.
async function persisted() {
  const manifest = createPersistedQueryLink({ generateHash: (node) => given.ids[node.definitions[0].name.value], useGETForHashedQueries: true });
  const automatic = createPersistedQueryLink({ sha256: (text) => createHash("sha256").update(text).digest("hex"), useGETForHashedQueries: true });
  return {
    known: await watched(given.member, manifest, given.documents.dashboard),
    unknown: await watched(given.member, automatic, "query Own { me { memberNumber } }"),
  };
}

answer({
  graphqlRequest: await story(byGraphqlRequest, given.purchases[0]),
  urql: await story(byUrql, given.purchases[1]),
  apollo: await story(byApollo, given.purchases[2]),
  persisted: await persisted(),
});
