// Signing in: an address, a code from a letter, a short access token and a refresh token that counts once.
// Tokens live in this tab alone (memory and sessionStorage), never in an address that a server or a log could see. A tab that is
// duplicated has a copy of them: such tabs refresh one at a time (Web Locks) and hand on what they got.

const KEPT = "honeyguide-refresh-token";
const GRANT = "urn:honeyguide:grant-type:one-time-code";
const EARLY = 30_000; // ms: refresh before the end, not at it

let access = null; // { token, until }
let refreshing = null;

const twins = new BroadcastChannel("honeyguide-session"); // pages of this origin alone hear it
twins.onmessage = ({ data: { before, after } }) => sessionStorage.getItem(KEPT) === before && keep(after);

export class SignedOut extends Error {}

/** The server said no; `reason` says what is missing, `wait` for how many seconds it listens to nobody. */
export class Refused extends Error {
  constructor({ reason, error, path }, wait) {
    super(reason ?? error);
    Object.assign(this, { reason, error, path, wait });
  }
}

/** `make demo` prints a link whose fragment carries a token of the demo's member. Fragments reach no server; only this machine's pages take one. */
export function takeDemoToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  if (token && ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname)) access = { token, until: Infinity };
}

export function isSignedIn() {
  return access !== null || sessionStorage.getItem(KEPT) !== null;
}

export async function sendCode(email, locale) {
  const answer = await fetch("/member/sign-in", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, locale }),
  });
  if (!answer.ok) throw new Refused(await answer.json(), Number(answer.headers.get("Retry-After")));
}

export async function signIn(email, code, locale) {
  keep(await ask({ grant_type: GRANT, email, code, locale, device: "Member page" }));
}

/** A token that is good; throws SignedOut where there is none any more. All that ask at once wait for one refresh: a second use of one refresh token would end the session. */
export async function accessToken({ fresh = false } = {}) {
  if (access && !fresh && Date.now() < access.until - EARLY) return access.token;
  refreshing ??= refresh().finally(() => (refreshing = null));
  await refreshing;
  return access.token;
}

export async function signOut() {
  const token = sessionStorage.getItem(KEPT);
  forget();
  if (token) await fetch("/oauth/revoke", { method: "POST", body: new URLSearchParams({ token }) });
}

async function refresh() {
  const before = sessionStorage.getItem(KEPT);
  const inTurn = navigator.locks?.request.bind(navigator.locks, "honeyguide-refresh") ?? ((work) => work()); // browsers have locks on secure pages only
  await inTurn(async () => {
    await new Promise((heard) => setTimeout(heard, 20)); // what the last one handed on may still be on its way
    const token = sessionStorage.getItem(KEPT);
    if (token === before) await refreshAlone(token);
    else if (token === null) throw new SignedOut();
  });
}

async function refreshAlone(token) {
  if (!token) {
    forget();
    throw new SignedOut();
  }
  try {
    const after = await ask({ grant_type: "refresh_token", refresh_token: token });
    keep(after);
    twins.postMessage({ before: token, after });
  } catch (error) {
    if (!(error instanceof Refused) || error.error !== "invalid_grant") throw error;
    forget();
    throw new SignedOut();
  }
}

async function ask(form) {
  const answer = await fetch("/oauth/token", { method: "POST", body: new URLSearchParams(form) });
  const said = await answer.json();
  if (!answer.ok) throw new Refused(said, Number(answer.headers.get("Retry-After")));
  return said;
}

function keep({ access_token, expires_in, refresh_token }) {
  access = { token: access_token, until: Date.now() + expires_in * 1000 };
  sessionStorage.setItem(KEPT, refresh_token);
}

function forget() {
  access = null;
  sessionStorage.removeItem(KEPT);
}
