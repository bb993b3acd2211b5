// The card: a code that proves that the member is there. It serves once and gives way to the next one every half minute.

import { until } from "./clock.js";
import { $ } from "./dom.js";
import { drawQr } from "./qr.js";
import { say } from "./words.js";

const HALF_MINUTE = 30_000;

let card = null;
let isAway = false;
let ask = null; // brings the next card
let timer = 0;

/** `asking()` is called when the shown card ends, and when the page is looked at again. */
export function startCard(asking) {
  ask = asking;
  return tick();
}

export function stopCard() {
  clearTimeout(timer);
  card = ask = null;
}

document.addEventListener("visibilitychange", tick);

async function tick() {
  clearTimeout(timer);
  if (!ask || document.hidden) return; // nobody looks
  if (!card || until(card.validUntil) <= 0) await renew();
  showCountdown();
  clearTimeout(timer);
  if (ask) timer = setTimeout(tick, 1000);
}

async function renew() {
  try {
    const next = await ask();
    if (next.message !== card?.message) await drawQr($("qr"), next.message, `${say("cardCode")}: ${next.altText}`);
    card = next;
    isAway = false;
  } catch {
    isAway = true;
  }
  $("qr").classList.toggle("away", isAway);
  $("card-text").textContent = card && !isAway ? card.altText : "";
}

/** Not announced: a screen reader would speak all the time. */
function showCountdown() {
  const left = card && !isAway ? Math.min(HALF_MINUTE, Math.max(0, until(card.validUntil))) : 0;
  $("card-left").textContent = isAway ? say("cardAway") : say("newCode", { n: Math.max(1, Math.ceil(left / 1000)) });
  $("card-bar").style.inlineSize = `${(100 * left) / HALF_MINUTE}%`;
}
