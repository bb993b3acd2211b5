// Who the member is, the tier and the way to the next one, what there is of each unit, ways to earn, and the phone's wallet.

import { $, make, showList } from "./dom.js";
import { amount, day, dayOf, language, nameOfLanguage, number, say, textsLanguage } from "./words.js";

export function showMember(me) {
  $("member-name").textContent = me.displayName ?? say("welcome");
  $("member-number").textContent = me.memberNumber;
  showTier(me);
  showAccounts(me.accounts);
  showWallet(me.passes);
}

export function showTier({ tier, progress }) {
  $("tier").textContent = tier?.tier.name ?? "";
  $("tier").lang = textsLanguage();
  $("tier").title = tier?.until ? say("until", { date: dayOf(tier.until) }) : "";
  $("tier").style.setProperty("--tier", tier?.tier.color ?? "#f5be50");
  $("progress").replaceChildren(...(progress.length || !tier ? progress.map(drawProgress) : [make("p", {}, say("top"))]));
  const until = tier?.until ? [{ code: "until", title: say("until", { date: dayOf(tier.until) }) }] : [];
  showList($("benefits"), [...until, ...(tier?.tier.benefits ?? [])], (one) => one.code, drawBenefit);
}

function drawProgress({ metric, current, needed, remaining, next }) {
  const label = say("toNext", { amount: number(remaining), tier: next.name });
  // Only how long the bar is comes from binary fractions; what is said are the decimals as they came.
  const bar = make("progress", { max: Number(needed), value: Number(current), id: `progress-${metric}` });
  bar.setAttribute("aria-label", label);
  return make("div", { className: "progress" }, make("p", {}, label), bar, make("p", { className: "small" }, say("ofNeeded", { current: number(current), needed: number(needed) })));
}

function drawBenefit({ title, text }) {
  return make("li", { title: text ?? "", dir: "auto" }, title);
}

export function showAccounts(accounts) {
  showList($("accounts"), accounts, (account) => account.id, drawAccount);
}

function drawAccount({ unit, available, debt, pending, pendingLots, expiring }) {
  const lines = Number(debt) > 0 ? [say("debt", { amount: amount(debt, unit) })] : [];
  if (Number(pending) > 0) {
    const lot = pendingLots[0];
    lines.push(lot?.availableOn ? say("pending", { amount: amount(lot.quantity, unit), date: day(lot.availableOn) }) : say("pendingLater", { amount: amount(pending, unit) }));
  }
  lines.push(expiring.length ? say("expires", { amount: amount(expiring[0].quantity, unit), date: day(expiring[0].expiresOn) }) : say("noExpiry"));
  return make("li", { className: "account" }, make("span", { className: "unit", dir: "auto" }, unit.name), make("strong", { className: "big" }, number(available)), ...lines.map((line) => make("p", { className: "small soft" }, line)));
}

function showWallet(passes) {
  showList($("wallet"), passes, (pass) => pass.id, ({ addUrl }) => make("a", { className: "quiet wide", href: addUrl, target: "_blank", rel: "noopener" }, say("addToWallet")));
}

export function showWays({ name, waysToEarn, terms }) {
  document.title = $("program").textContent = name;
  $("program").dir = "auto";
  $("terms").textContent = terms;
  $("program").lang = $("terms").lang = textsLanguage();
  $("texts-language").hidden = textsLanguage().split("-")[0] === language;
  $("texts-language").textContent = say("textsIn", { language: nameOfLanguage(textsLanguage()) });
  showList($("ways"), waysToEarn, (way) => way.rule, ({ title, text, unit }) =>
    make("li", {}, make("h3", { dir: "auto" }, title), make("p", { className: "soft", dir: "auto" }, text), make("p", { className: "small chip", dir: "auto" }, unit.name)),
  );
}
