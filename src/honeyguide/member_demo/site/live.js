// Changes by subscription: one WebSocket that speaks graphql-transport-ws (github.com/enisdenjo/graphql-ws, PROTOCOL.md) carries all of them.
// The first message names the token. The server closes the socket when the token ends (4401, 4403): we come again with the next one.

import { documentId } from "./graphql.js";
import { accessToken, SignedOut } from "./session.js";
import { language } from "./words.js";

const LONGEST_PAUSE = 30_000;
const BLOCKED = 2; // so many connections in a row that never began: something on the way lets no WebSocket through
const QUIET = 45_000; // so long without any word the connection counts as dead: the server pings more often

/**
 * Stay subscribed until the returned function is called.
 * `subscriptions` is { name of the operation: what to do with its data }; `variables()` gives what each asks with, anew at each connection.
 * `onState` hears "live" once all are subscribed, "away" when the connection is lost, "signed-out"; and "blocked", again and again, while
 * none comes about: then look for changes now and then. It goes on trying.
 */
export function stayLive(subscriptions, { onState, variables = () => ({}) }) {
  let socket, pause, quiet, tries = 0, misses = 0, isLive = false, ended = false;

  async function connect() {
    clearTimeout(pause);
    let token;
    try {
      token = await accessToken();
    } catch (error) {
      return error instanceof SignedOut ? onState("signed-out") : again();
    }
    if (ended) return;
    socket?.close();
    isLive = false;
    socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/member/graphql`, "graphql-transport-ws");
    const mine = socket;
    socket.onopen = () => send({ type: "connection_init", payload: { authorization: `Bearer ${token}`, "accept-language": language } });
    socket.onmessage = ({ data }) => mine === socket && hear(JSON.parse(data));
    socket.onclose = ({ code }) => mine === socket && lost(code);
    stillThere();
  }

  function hear(message) {
    stillThere();
    if (message.type === "ping") send({ type: "pong" });
    if (message.type === "connection_ack") {
      tries = misses = 0;
      isLive = true;
      for (const name of Object.keys(subscriptions)) send({ id: name, type: "subscribe", payload: { documentId: documentId(name), variables: variables(name) } });
      onState("live");
    }
    if (message.type === "next" && message.payload.data) subscriptions[message.id](message.payload.data);
    if (message.type === "error") console.warn(message.id, message.payload);
  }

  async function lost(code) {
    clearTimeout(quiet);
    if (ended) return;
    if (!isLive && code < 1012) misses++; // from there on codes are words of the server
    onState(misses < BLOCKED ? "away" : "blocked");
    if (code === 4401 || code === 4403) await accessToken({ fresh: true }).catch(() => {});
    again();
  }

  function again() {
    pause = setTimeout(connect, Math.min(LONGEST_PAUSE, 500 * 2 ** tries++) * (0.5 + Math.random() / 2));
  }

  function stillThere() {
    clearTimeout(quiet);
    const mine = socket;
    quiet = setTimeout(() => mine === socket && (mine.close(), lost(0)), QUIET);
  }

  function send(message) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function online() {
    tries = 0;
    if (socket?.readyState !== WebSocket.OPEN) connect();
  }

  function offline() {
    socket?.close();
    onState("away");
  }

  addEventListener("online", online);
  addEventListener("offline", offline);
  connect();
  return () => {
    ended = true;
    clearTimeout(pause);
    clearTimeout(quiet);
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    socket?.close();
  };
}
