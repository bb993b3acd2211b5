"use strict";
(() => {
  const { audience, tabs } = JSON.parse(document.getElementById("given").textContent);
  const hint = `the ${audience} token of .honeyguide/demo.json, or of: honeyguide token`;

  // A token behind # never reaches the server or its logs; it leaves the address as soon as it is read.
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname + location.search);
  const headers = JSON.stringify({ Authorization: `Bearer ${token ?? `<${hint}>`}` }, null, 2);

  // What was typed is kept by audience, for all three pages are of one origin; headers, and with them tokens, are never kept.
  const prefix = `honeyguide:${audience}:`;
  const withHeaders = ["graphiql:tabState", "graphiql:queries", "graphiql:favorites"];
  const kept = (text) => JSON.stringify(JSON.parse(text, (name, value) => (name === "headers" ? undefined : value)));
  const storage = {
    get length() { return 0; },
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => {
      if (key !== "graphiql:headers") localStorage.setItem(prefix + key, withHeaders.includes(key) ? kept(value) : value);
    },
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear: () => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => localStorage.removeItem(key)),
  };

  const url = location.origin + location.pathname;
  const fetcher = GraphiQL.createFetcher({ url, subscriptionUrl: url.replace(/^http/, "ws") });
  const defaultTabs = tabs.map(({ query, variables }) => ({ query, variables: variables && JSON.stringify(variables, null, 2), headers }));
  // GraphiQL takes the first tab's variables from what it kept, and from nowhere else.
  if (!storage.getItem("graphiql:tabState")) storage.setItem("graphiql:variables", defaultTabs[0].variables ?? "");

  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher, defaultTabs, storage, defaultHeaders: headers,
      defaultEditorToolsVisibility: "variables", inputValueDeprecation: true, shouldPersistHeaders: false,
    }),
  );
})();
