// What a test gives a script, and how the script answers it.
import { text } from "node:stream/consumers";

export const given = JSON.parse(await text(process.stdin));

export function answer(told) {
  process.stdout.write(JSON.stringify(told));
}

export function bearer(token) {
  return { Authorization: `Bearer ${token}` };
}
