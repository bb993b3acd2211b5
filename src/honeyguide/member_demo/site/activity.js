// The statement: newest first, each row once. It grows at its end by "more", at its start by what happens, and closes gaps after being offline.

import { $, make, showList } from "./dom.js";
import { query } from "./graphql.js";
import { amount, momentOf, say } from "./words.js";

const PAGE = 100;

let edges = []; // { cursor, node }, newest first; one that came by subscription has no cursor until the next sync
let older = null; // pageInfo of the oldest page

export function forgetActivity() {
  edges = [];
  older = null;
}

/** The newest page, as the dashboard has it. Where more happened than it holds, the rows between are fetched: nothing is missed, nothing comes twice. */
export async function takeNewest(page) {
  const newest = edges.find((edge) => edge.cursor !== null)?.cursor;
  const known = edges.filter((edge) => edge.cursor !== null);
  if (!newest) {
    [edges, older] = [page.edges, page.pageInfo];
  } else {
    const fresh = new Map(page.edges.map((edge) => [edge.cursor, edge]));
    const reaches = page.edges.length === 0 || known.some((edge) => fresh.has(edge.cursor));
    const added = reaches ? page.edges.filter((edge) => !known.some((one) => one.cursor === edge.cursor)) : await newerThan(newest);
    edges = [...added, ...known.map((edge) => fresh.get(edge.cursor) ?? edge)]; // a row's state changes: pending, then done, perhaps taken back
  }
  showActivity();
}

async function newerThan(cursor) {
  let rows = [];
  for (let before = cursor, isMore = true; isMore; ) {
    const { activity } = (await query("NewerActivity", { before, last: PAGE })).data.me;
    rows = [...activity.edges, ...rows];
    before = activity.pageInfo.startCursor;
    isMore = activity.pageInfo.hasPreviousPage;
  }
  return rows;
}

/** The id of the newest row that is shown; null where there is none. */
export function newestRow() {
  return edges[0]?.node.id ?? null;
}

/** One row that a subscription brought; false where it was there already. */
export function addRow(node) {
  if (edges.some((edge) => edge.node.id === node.id)) return false;
  edges = [{ cursor: null, node }, ...edges];
  showActivity();
  return true;
}

export async function showMore() {
  const { activity } = (await query("MoreActivity", { after: older.endCursor })).data.me;
  edges = [...edges, ...activity.edges];
  older = activity.pageInfo;
  showActivity();
}

function showActivity() {
  showList($("activity"), edges.map((edge) => edge.node), (row) => row.id, drawRow);
  $("activity-empty").hidden = edges.length > 0;
  $("more").hidden = !older?.hasNextPage;
}

/** With its sign where a balance moved: what is reserved, released or made available was the member's before. */
export function amountOf({ kind, quantity, unit }) {
  return amount(quantity, unit, { sign: !["HELD", "RELEASED", "ACTIVATED"].includes(kind) });
}

function drawRow(row) {
  const { title, occurredAt, because, state, kind } = row;
  const mark = state === "PENDING" ? say("isPending") : state === "UNDONE" ? say("isUndone") : null;
  return make(
    "li",
    { className: `row ${kind.toLowerCase()} ${state.toLowerCase()}` },
    make("div", { className: "what" }, make("h3", { dir: "auto" }, title), make("p", { className: "when" }, make("time", { dateTime: occurredAt }, momentOf(occurredAt)), mark && make("span", { className: "mark" }, mark))),
    make("p", { className: "quantity", dir: "auto" }, amountOf(row)),
    because.length > 0 && make("details", {}, make("summary", {}, say("why")), make("ul", {}, ...because.map(({ text }) => make("li", { dir: "auto" }, text)))),
  );
}
