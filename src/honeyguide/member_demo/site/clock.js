// A phone's clock may be minutes off; the card's code is not. So times of the server are compared with the server's clock.

let ahead = 0; // ms by which the server's clock is ahead of ours

/** From the Date header of any answer. */
export function learnTime(answer) {
  const date = Date.parse(answer.headers.get("Date") ?? "");
  if (!Number.isNaN(date) && Math.abs(date - Date.now() - ahead) > 1500) ahead = date - Date.now();
}

/** Milliseconds until a moment of the server's. */
export function until(moment) {
  return Date.parse(moment) - Date.now() - ahead;
}
