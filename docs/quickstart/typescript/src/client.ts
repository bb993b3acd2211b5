// urql over HTTP for queries and mutations, graphql-ws for subscriptions. What is sent is the id of a trusted document.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient as createSocket, type SubscribePayload } from "graphql-ws";
import WebSocket from "ws"; // browsers, and Node from 22 on, have their own
import type { Session } from "./session.js";

export function openClient(session: Session, language: string): Client {
  const url = `${session.url}/member/graphql`;
  const socket = createSocket({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    // Asked at each connection; the server ends a connection with its token.
    connectionParams: async () => ({ authorization: `Bearer ${await session.token()}`, "accept-language": language }),
    retryAttempts: 0, // live.ts comes again, from the newest row that it has
  });
  return new Client({
    url,
    fetchOptions: { headers: { "Accept-Language": language, "GraphQL-Require-Preflight": "1" } },
    preferGetMethod: false,
    requestPolicy: "network-only",
    exchanges: [
      // An id that the server does not know is sent again with its text. Of a subscription graphql-ws sends the text at once.
      persistedExchange({ enableForMutation: true }),
      authExchange(async ({ appendHeaders }) => ({
        addAuthToOperation: (operation) => appendHeaders(operation, { Authorization: `Bearer ${session.accessToken}` }),
        willAuthError: () => session.isOld,
        didAuthError: (error) => error.response?.status === 401,
        refreshAuth: () => session.refresh(),
      })),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (operation) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe(operation as SubscribePayload, sink) }),
        }),
      }),
    ],
  });
}
