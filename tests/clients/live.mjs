// graphql-ws and graphql-sse in both modes: each sees the dashboard, posts a purchase while it is subscribed, and hears of it.
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";
import { answer, bearer, given } from "./given.mjs";

const PATIENCE = 15_000;

const byWebSocket = ({ url, token }) =>
  createWs({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
const byDistinctStreams = ({ url, token }) => createSse({ url, headers: bearer(token), retryAttempts: 0 });
const byOneStream = ({ url, token }) => createSse({ url, headers: bearer(token), singleConnection: true, retryAttempts: 0 });

// The next result that `fits`; the subscription ends when its iterator is returned.
async function next(results, fits) {
  let timer;
  const late = new Promise((_, refuse) => (timer = setTimeout(() => refuse(new Error("nothing came in time")), PATIENCE)));
  try {
    for (;;) {
      const { value, done } = await Promise.race([results.next(), late]);
      if (done) throw new Error("it ended before");
      if (value.errors || fits(value.data)) return value;
    }
  } finally {
    clearTimeout(timer);
  }
}

const once = (client, query, variables) => next(client.iterate({ query, variables }), () => true);

async function story(connect, purchase) {
  const [member, partner] = [connect(given.member), connect(given.partner)];
  const accounts = member.iterate({ query: given.documents.accountChanged });
  const activities = member.iterate({ query: given.documents.activityAdded });
  const [dashboard, snapshot, newest, broken] = await Promise.all([
    once(member, given.documents.dashboard),
    next(accounts, (data) => data.accountChanged.unit.code === "points"),
    next(activities, () => true),
    once(member, "query Broken { nobody }").catch((errors) => ({ errors })),
  ]);
  const heard = next(activities, (data) => data.activityAdded.transaction.reference === purchase.reference);
  const posted = await once(partner, given.documents.purchase, { input: purchase });
  const now = posted.data.postTransaction.member.accounts.find((account) => account.unit.code === "points").available;
  const changed = await next(accounts, ({ accountChanged }) => accountChanged.unit.code === "points" && accountChanged.available === now);
  const told = { dashboard, snapshot, newest, broken: broken.errors?.map((error) => error.extensions.code), posted, changed, activity: await heard };
  await Promise.all([accounts.return(), activities.return()]);
  await Promise.all([member.dispose(), partner.dispose()]);
  return told;
}

const connects = { ws: byWebSocket, distinct: byDistinctStreams, single: byOneStream };
const told = {};
for (const [transport, purchase] of Object.entries(given.purchases)) told[transport] = await story(connects[transport], purchase);
answer(told);
