// GraphQL by trusted documents: a request names an operation of schema/operations/ by its id and sends no text.
// Queries go by GET with the tag of what we have: an answer that has not changed is 304 and a few bytes.

import { learnTime } from "./clock.js";
import { accessToken } from "./session.js";
import { language, learnTexts } from "./words.js";

const PATH = "/member/graphql";
const documents = await (await fetch("/member/demo/documents.json")).json();
const kept = new Map(); // by address: { tag, data }

/** Nothing came back: no network, or no server. */
export class Away extends Error {}

/** A top-level error; its `code` is one of docs/errors.md. What a person can act on is data instead, in the union of the mutation. */
export class Failed extends Error {
  constructor({ message, extensions }) {
    super(message);
    this.code = extensions?.code;
  }
}

export function documentId(name) {
  return documents[name];
}

/** `isNew` is false where the data are those of the last time. */
export async function query(name, variables = {}) {
  const parameters = new URLSearchParams({ documentId: documentId(name), variables: JSON.stringify(variables) });
  const address = `${PATH}?${parameters}`;
  const key = `${language} ${address}`;
  const known = kept.get(key);
  const headers = { "GraphQL-Require-Preflight": "1", ...(known && { "If-None-Match": known.tag }) };
  const answer = await send(address, { headers });
  if (answer.status === 304) return { data: known.data, isNew: false };
  const data = await dataOf(answer);
  if (answer.headers.get("ETag")) kept.set(key, { tag: answer.headers.get("ETag"), data });
  return { data, isNew: true };
}

/** Mutations that move value carry an idempotencyKey: the same key again gives the first answer again, so a lost answer costs nothing. */
export async function mutate(name, input) {
  const body = JSON.stringify({ documentId: documentId(name), variables: { input } });
  return dataOf(await send(PATH, { method: "POST", headers: { "Content-Type": "application/json" }, body }));
}

/** What was kept is of the member who was signed in. */
export function forgetAnswers() {
  kept.clear();
}

async function send(address, { headers, ...rest }, fresh = false) {
  const all = {
    ...headers,
    Accept: "application/graphql-response+json",
    "Accept-Language": language,
    Authorization: `Bearer ${await tokenOrAway(fresh)}`,
  };
  const answer = await fetchOrAway(address, { ...rest, headers: all, cache: "no-store" });
  if (answer.status === 401 && !fresh) return send(address, { headers, ...rest }, true);
  return answer;
}

async function tokenOrAway(fresh) {
  try {
    return await accessToken({ fresh });
  } catch (error) {
    throw error instanceof TypeError ? new Away() : error;
  }
}

async function fetchOrAway(address, request) {
  const answer = await fetch(address, request).catch(() => null);
  if (answer === null || answer.status >= 502) throw new Away();
  learnTime(answer);
  learnTexts(answer.headers.get("Content-Language"));
  return answer;
}

async function dataOf(answer) {
  const { data, errors } = await answer.json();
  if (errors) throw new Failed(errors[0]);
  return data;
}
