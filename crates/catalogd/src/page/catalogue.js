// Asking the catalogue over its HTTP API, and saying how the connection stands.

/** How long a blocking query waits: short enough to notice a dead connection. */
const WAIT = 20;
/** What the server may add to it, and the way there and back. */
const SLACK = 7;
/** The longest that a query which does not wait may take. */
const PATIENCE = 30;
/** Between two attempts after a failure: doubled from the first up to the last. */
const RETRY = [250, 5_000];
/** Between two answers of one query, when the server cannot wait. */
const POLL = 2_000;
/** Between two changes that are shown, at least; and as many times as long as the last one took. */
const PACE = [40, 2];

const KEPT_TOKEN = "gyropilot-token";

/** Why there is no answer. */
export class Refusal extends Error {
  constructor(status, text) {
    super(text || `the catalogue answered with status ${status}`);
    this.status = status;
  }
}

/** Resolves after so many ms, or as soon as `signal` is aborted. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

export class Catalogue {
  #base = new URL("../v1/", document.baseURI);
  #tell;
  /** What failed, by the query that did. */
  #trouble = new Map();
  #standing = { state: "connecting" };
  #token = sessionStorage.getItem(KEPT_TOKEN) ?? "";

  /** Each change of how the connection stands is told. */
  constructor(tell) {
    this.#tell = tell;
  }

  /** The token of all requests from now on. */
  use(token) {
    this.#token = token;
    if (token) sessionStorage.setItem(KEPT_TOKEN, token);
    else sessionStorage.removeItem(KEPT_TOKEN);
  }

  /** Asks once; gives `{value, index}`, where `value` is null for an answer without a body. */
  async ask(path, { index = 0, signal } = {}) {
    const url = new URL(path, this.#base);
    if (index > 0) {
      url.searchParams.set("index", index);
      url.searchParams.set("wait", `${WAIT}s`);
    }
    // The catalogue leaves us out when it tells who watches what.
    const headers = { "X-Gyropilot-Page": "1" };
    if (this.#token) headers["X-Consul-Token"] = this.#token;
    const limit = new AbortController();
    const stop = () => limit.abort();
    const timer = setTimeout(stop, 1000 * (index > 0 ? WAIT + WAIT / 16 + SLACK : PATIENCE));
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const answer = await fetch(url, { headers, signal: limit.signal, cache: "no-store" });
      const text = await answer.text();
      if (!answer.ok) throw new Refusal(answer.status, text.trim().slice(0, 300));
      return {
        value: text ? JSON.parse(text) : null,
        index: Number(answer.headers.get("X-Consul-Index") ?? 0),
        leaderless: answer.headers.get("X-Consul-KnownLeader") === "false",
        filtered: answer.headers.get("X-Consul-Results-Filtered-By-Acls") === "true",
      };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /**
   * Asks until `signal` is aborted, and hands on each answer that may be a new one.
   * Each change is handed on at once, but the next one not before the page had
   * time for other things.
   */
  async follow(path, signal, take) {
    let index = 0;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const answer = await this.ask(path, { index, signal });
        if (signal.aborted) break;
        failures = 0;
        this.#heard(path, answer);
        const began = performance.now();
        const changed = index === 0 || answer.index !== index;
        if (changed) take(answer.value);
        if (answer.index === 0) await pause(POLL, signal);
        else if (changed && index > 0) await pause(PACE[0] + PACE[1] * (performance.now() - began), signal);
        // An index that went back is that of another life of the catalogue.
        index = answer.index < index ? 0 : answer.index;
      } catch (error) {
        if (signal.aborted) break;
        index = 0;
        this.#failed(path, error);
        await pause(Math.min(RETRY[0] * 2 ** failures, RETRY[1]), signal);
        failures += 1;
      }
    }
    this.#trouble.delete(path);
  }

  #heard(path, { leaderless, filtered }) {
    this.#trouble.delete(path);
    if (this.#trouble.size > 0) return;
    this.#stand({ state: leaderless ? "leaderless" : "live", filtered, at: new Date() });
  }

  #failed(path, error) {
    this.#trouble.set(path, error);
    const refused = error instanceof Refusal && (error.status === 401 || error.status === 403);
    // The browser's own words for a failed connection say nothing.
    const reason = error instanceof Refusal ? error.message : "";
    this.#stand({ ...this.#standing, state: refused ? "refused" : "lost", reason });
  }

  #stand(standing) {
    if (standing.state === "lost" && this.#standing.state !== "lost") standing.since = new Date();
    this.#standing = standing;
    this.#tell(standing);
  }
}
