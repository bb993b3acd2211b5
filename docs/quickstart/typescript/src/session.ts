// Signing in by a code, and staying signed in. In an app the refresh token lies in the keychain; here it lies in memory.

const GRANT = "urn:honeyguide:grant-type:one-time-code";
const EARLY = 30_000; // ms: refresh before the end, not at it

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

/** `error` is RFC 6749's; `reason` says what can be done: BIRTH_DATE_REQUIRED, GUARDIAN_NEEDED ... */
export class SignInRefused extends Error {
  constructor(readonly error: string, readonly reason?: string) {
    super(reason ?? error);
  }
}

export class Session {
  #tokens?: Tokens & { until: number };
  #refreshing?: Promise<void>;

  constructor(readonly url: string) {}

  /** The answer is the same whoever has the address. */
  async sendCode(email: string): Promise<void> {
    const answer = await fetch(`${this.url}/member/sign-in`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email }),
    });
    if (!answer.ok) throw new SignInRefused((await answer.json()).error);
  }

  async signIn(email: string, code: string): Promise<void> {
    this.#keep(await this.#ask({ grant_type: GRANT, email, code, device: "Quick start" }));
  }

  /** A good access token. A refresh token counts once, and its second use ends the session: all callers wait for one refresh. */
  async token(): Promise<string> {
    if (this.isOld) await this.refresh();
    return this.accessToken;
  }

  get accessToken(): string {
    return this.#tokens?.access_token ?? "";
  }

  get isOld(): boolean {
    return !this.#tokens || Date.now() > this.#tokens.until - EARLY;
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshOnce().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async signOut(): Promise<void> {
    if (this.#tokens) await fetch(`${this.url}/oauth/revoke`, { method: "POST", body: new URLSearchParams({ token: this.#tokens.refresh_token }) });
    this.#tokens = undefined;
  }

  async #refreshOnce(): Promise<void> {
    if (!this.#tokens) throw new SignInRefused("signed_out");
    this.#keep(await this.#ask({ grant_type: "refresh_token", refresh_token: this.#tokens.refresh_token }));
  }

  #keep(tokens: Tokens): void {
    this.#tokens = { ...tokens, until: Date.now() + tokens.expires_in * 1000 };
  }

  async #ask(form: Record<string, string>): Promise<Tokens> {
    const answer = await fetch(`${this.url}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    const said = await answer.json();
    if (!answer.ok) throw new SignInRefused(said.error, said.reason);
    return said as Tokens;
  }
}
