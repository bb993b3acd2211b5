// Runs the quick start: HONEYGUIDE_URL=... node dist/main.js ADDRESS, then the code from the letter on standard input.
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { openClient } from "./client.js";
import { Card, Dashboard, NewerActivity, SetConsent } from "./documents.js";
import { liveRows } from "./live.js";
import { Session } from "./session.js";

const say = (name: string, value: unknown) => console.log(JSON.stringify({ [name]: value }));

const session = new Session(process.env.HONEYGUIDE_URL ?? "http://127.0.0.1:8000");
const email = process.argv[2] ?? "";
await session.sendCode(email);
const input = createInterface({ input: process.stdin });
await session.signIn(email, (await input.question("")).trim());
const client = openClient(session, "en");

const { data, error } = await client.query(Dashboard, {});
if (error) throw error; // the network, or a top-level error: error.graphQLErrors[0].extensions.code
const me = data?.me;
if (!me) throw new Error("the membership has ended");
for (const account of me.accounts) say(account.unit.code, account.available); // a string, as exact as the books
say("card", (await client.query(Card, {})).data?.me?.card.format);

// What a person can act on is data: one key for each wish, the same again after a lost answer.
const wish = { purpose: "newsletter", given: true, idempotencyKey: randomUUID() };
const consent = (await client.mutation(SetConsent, { input: wish })).data?.setConsent;
if (consent?.__typename === "ConsentSet") say("consent", consent.consent.given);
else if (consent) say("refused", consent.code);

// While the app was away (here: until somebody presses Enter) things happened. The walk from the newest known row misses nothing.
say("ready", true);
await input.question("");
let before = me.activity.pageInfo.startCursor; // null where there was no row yet: then from the oldest on
let newest = me.activity.edges[0]?.node.id;
for (let isMore = true; isMore; ) {
  const page = (await client.query(NewerActivity, { before })).data?.me?.activity;
  for (const { node } of page?.edges.toReversed() ?? []) say("meanwhile", node.title);
  newest = page?.edges[0]?.node.id ?? newest;
  before = page?.pageInfo.startCursor ?? before;
  isMore = page?.pageInfo.hasPreviousPage ?? false;
}

const ending = new AbortController();
say("live", true);
for await (const row of liveRows(client, newest, ending.signal)) {
  say("row", `${row.quantity} ${row.unit.name}: ${row.because.map((reason) => reason.text).join("; ")}`);
  break; // an app goes on
}
await session.signOut();
process.exit();
