// graphql-http's judge of GraphQL over HTTP (H1 to H5), by each endpoint: what it found, by the id of the audit.
import { auditServer } from "graphql-http";
import { answer, bearer, given } from "./given.mjs";

async function found({ url, token }) {
  const fetchFn = (to, init) => fetch(to, { ...init, headers: { "GraphQL-Require-Preflight": "1", ...init?.headers, ...bearer(token) } });
  const results = await auditServer({ url, fetchFn });
  return results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null }));
}

answer(await Promise.all(given.map(found)));
