// What tills ask the member to approve. A reservation waits for minutes; whoever does not answer keeps everything.

import { until } from "./clock.js";
import { $, announce, make, showList } from "./dom.js";
import { mutate } from "./graphql.js";
import { amount, money, say, timeOf } from "./words.js";

const keys = new Map(); // one idempotency key for each answer: to press a button again after a lost answer is the same answer

/** `onAnswered` is called when there is something new to show. */
export function showApprovals(approvals, onAnswered) {
  const isNew = approvals.some(({ holdId }) => !$("approval-list").querySelector(`[data-key="${CSS.escape(holdId)}"]`));
  $("approvals").hidden = approvals.length === 0;
  showList($("approval-list"), approvals, (one) => one.holdId, (one) => drawApproval(one, onAnswered));
  if (isNew) announce(`${say("approvals")}: ${asked(approvals.at(-1))}`);
}

function asked({ partner, quantity, unit }) {
  return say("asks", { partner: partner?.name ?? "", amount: amount(quantity, unit) });
}

function drawApproval(approval, onAnswered) {
  const { holdId, worth, location, partner, askedAt, expiresAt } = approval;
  const problem = make("p", { className: "problem", role: "alert", hidden: true });
  const buttons = [
    ["APPROVE", "act", "approve"],
    ["DECLINE", "quiet", "decline"],
  ].map(([decision, className, word]) => make("button", { className, onclick: () => answer(decision) }, say(word)));

  async function answer(decision) {
    for (const button of buttons) button.disabled = true;
    const key = `${holdId} ${decision}`;
    if (!keys.has(key)) keys.set(key, crypto.randomUUID());
    try {
      const { approveRedemption: said } = await mutate("Approve", { holdId, decision, idempotencyKey: keys.get(key) });
      if (said.__typename !== "RedemptionAnswered") return refuse(said.message); // in the member's language: no such hold any more, too late, ...
      announce(say(decision === "APPROVE" ? "approved" : "declined"));
      onAnswered();
    } catch {
      refuse(say("tryAgain"));
    }
  }

  function refuse(text) {
    problem.textContent = text;
    problem.hidden = false;
    for (const button of buttons) button.disabled = false;
  }

  const minutes = Math.max(0, Math.round(until(expiresAt) / 60_000));
  return make(
    "li",
    { className: "approval" },
    make("p", { className: "asked" }, asked(approval), worth && make("span", { className: "soft" }, ` ${say("worth", { money: money(worth) })}`)),
    make("p", { className: "small soft" }, `${say("at", { place: location?.name ?? partner?.name ?? "", time: timeOf(askedAt) })} · ${say("minutesLeft", { n: minutes })}`),
    make("div", { className: "buttons" }, ...buttons),
    problem,
  );
}
