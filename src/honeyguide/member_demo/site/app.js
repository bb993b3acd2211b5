// The page: sign in, show what there is, stay live, and catch up after being away. Read on in session.js, graphql.js and live.js.

import { addRow, amountOf, forgetActivity, newestRow, showMore, takeNewest } from "./activity.js";
import { showApprovals } from "./approvals.js";
import { startCard, stopCard } from "./card.js";
import { showAccounts, showMember, showTier, showWays } from "./dashboard.js";
import { $, announce } from "./dom.js";
import { Away, forgetAnswers, mutate, query } from "./graphql.js";
import { stayLive } from "./live.js";
import { isSignedIn, SignedOut, signOut, takeDemoToken } from "./session.js";
import { showForm, startForm } from "./signing_in.js";
import { say, speak, timeOf, wishedLanguage } from "./words.js";

let me = null;
let asOf = null; // when what is shown was true
let stopLive = () => {};
let soon = 0;
let polling = 0;

const POLL = 15; // seconds

/** Everything that is shown, as of now; where nothing has changed the answers are 304 and nothing is drawn. */
async function sync() {
  try {
    const [dashboard, approvals] = await Promise.all([query("Dashboard", { activity: 20 }), query("Approvals")]);
    if (dashboard.data.me === null) return leave(); // the membership ended
    if (dashboard.isNew) {
      me = dashboard.data.me;
      showMember(me);
      await takeNewest(me.activity);
    }
    showApprovals(approvals.data.me.approvals, sync);
    asOf = new Date();
    if (polling) showState("polling");
  } catch (error) {
    if (error instanceof SignedOut) return leave();
    if (!(error instanceof Away)) throw error;
    showState("away");
  }
}

/** Several events that come together bring one sync: it has what they do not tell, such as the way to the next tier. */
function syncSoon() {
  clearTimeout(soon);
  soon = setTimeout(sync, 150);
}

// By the names of schema/operations/member/live.graphql. After each connection the present comes first, then every change.
const subscriptions = {
  Accounts({ accountChanged: account }) {
    const isKnown = me.accounts.some(({ id }) => id === account.id);
    me.accounts = isKnown ? me.accounts.map((one) => (one.id === account.id ? account : one)) : [...me.accounts, account];
    showAccounts(me.accounts);
    syncSoon();
  },
  NewActivity({ activityAdded: row }) {
    if (addRow(row)) announce(say("added", { title: row.title, amount: amountOf(row) }));
    syncSoon();
  },
  Tier({ tierChanged: tier }) {
    if (tier.tier.code !== me.tier?.tier.code) announce(say("newTier", { tier: tier.tier.name }));
    me.tier = tier;
    showTier(me);
    syncSoon();
  },
};

/** What each asks with: rows after the newest that is shown, so that a break misses nothing. */
function variables(name) {
  return name === "NewActivity" ? { after: newestRow() } : {};
}

function onState(state) {
  if (state === "signed-out") return leave();
  if (state === "blocked") return poll(); // no WebSocket gets through: an answer that has not changed costs a few bytes
  clearInterval(polling);
  polling = 0;
  showState(state);
  if (state === "live") sync();
}

function poll() {
  if (polling) return;
  polling = setInterval(sync, POLL * 1000);
  sync();
}

function showState(state) {
  const text = { connecting: say("connecting"), live: say("live"), polling: say("polling", { n: POLL }), away: asOf ? say("offline", { time: timeOf(asOf) }) : say("connecting") };
  $("connection").dataset.state = state;
  $("connection").textContent = text[state];
}

async function enter() {
  $("sign-in").hidden = true;
  $("dashboard").hidden = $("sign-out").hidden = false;
  showState("connecting");
  await sync();
  if (!me) return isSignedIn() ? setTimeout(enter, 3000) : undefined;
  query("HowToEarn").then(({ data }) => showWays(data.program), ignoreAway);
  if (me.passes.length === 0) mutate("GetCard", { style: "membership" }).then(sync, ignoreAway); // a second time would give the same pass
  startCard(async () => (await query("Card")).data.me.card);
  stopLive();
  stopLive = stayLive(subscriptions, { variables, onState });
}

function ignoreAway(error) {
  if (!(error instanceof Away)) throw error;
}

/** Nothing of the member stays on the page. */
function leave(hint) {
  stopLive();
  stopCard();
  clearTimeout(soon);
  clearInterval(polling);
  polling = 0;
  forgetAnswers();
  forgetActivity();
  me = asOf = null;
  for (const id of ["accounts", "activity", "announcer", "approval-list", "benefits", "card-text", "member-name", "member-number", "progress", "qr", "tier", "wallet"]) $(id).replaceChildren();
  $("dashboard").hidden = $("sign-out").hidden = true;
  $("sign-in").hidden = false;
  showForm(hint);
}

$("language").onchange = async () => {
  await speak($("language").value);
  if (!isSignedIn()) return showForm();
  forgetActivity(); // its texts are in the former language
  await enter();
};
$("more").onclick = () => showMore().catch(ignoreAway);
$("sign-out").onclick = async () => {
  const ending = signOut();
  leave(say("signedOut"));
  await ending.catch(() => {}); // without a network the session ends by itself, 30 days after its last use
};

takeDemoToken();
await speak(wishedLanguage());
$("language").value = document.documentElement.lang;
startForm(enter);
if (isSignedIn()) await enter();
else leave();
