// In an app a QR library of the platform draws the message. This page has none: its server says which modules are dark.

import { accessToken } from "./session.js";

const SVG = "http://www.w3.org/2000/svg";

export async function drawQr(place, message, label) {
  const headers = { Authorization: `Bearer ${await accessToken()}`, "Content-Type": "text/plain" };
  const answer = await fetch("/member/demo/qr", { method: "POST", headers, body: message });
  if (!answer.ok) throw new Error(`no QR code: ${answer.status}`);
  place.replaceChildren(svgOf((await answer.json()).rows, label));
}

/** `rows` are strings of 0 and 1; around them stays the quiet zone of four modules. */
function svgOf(rows, label) {
  const size = rows.length + 8;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(SVG, "path");
  const dark = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) => `M${run.index + 4} ${y + 4}h${run[0].length}v1h-${run[0].length}z`));
  path.setAttribute("d", dark.join(""));
  svg.append(path);
  return svg;
}
