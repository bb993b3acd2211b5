// The statement, kept up to date: a subscription while there is a network, from the newest row that is known after every break.
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@urql/core";
import { NewActivity, type Row } from "./documents.js";

const LONGEST_PAUSE = 30_000;

/** Rows as they come, each once, until `ended` aborts. `newest` is the id of the newest row that is known. */
export async function* liveRows(client: Client, newest: string | undefined, ended: AbortSignal): AsyncGenerator<Row> {
  for (let tries = 0; !ended.aborted; tries++) {
    for await (const { data, error } of results(client, newest)) {
      if (ended.aborted) return;
      if (error) break; // the network, or the token's end (4403): the next connection asks for a new one
      if (!data || data.activityAdded.id === newest) continue;
      [newest, tries] = [data.activityAdded.id, 0];
      yield data.activityAdded;
    }
    await pause(Math.min(LONGEST_PAUSE, 500 * 2 ** tries) * (0.5 + Math.random() / 2));
  }
}

/** urql's source as an async iterator that ends with the subscription. */
async function* results(client: Client, after: string | undefined) {
  type Result = Parameters<Parameters<ReturnType<typeof source>["subscribe"]>[0]>[0];
  const source = () => client.subscription(NewActivity, { after: after ?? null });
  const waiting: Result[] = [];
  let wake = () => {};
  const { unsubscribe } = source().subscribe((result) => (waiting.push(result), wake()));
  try {
    for (;;) {
      while (waiting.length > 0) {
        const result = waiting.shift()!;
        yield result;
        if (!result.hasNext) return;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    unsubscribe();
  }
}
