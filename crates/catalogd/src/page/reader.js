// Reading everything there is, and going on reading what changed.
//
// A browser opens six connections to one host, of all its tabs together. Three
// of them wait for changes here (all checks, the list of services, the service
// that is open), and only while the page can be seen; two read what changed.

import { Refusal, pause } from "./catalogue.js";
import { World } from "./world.js";

const CHECKS = "health/state/any";
const NAMES = "catalog/services";
const WATCHERS = "internal/gyropilot/watchers";

/** How many reads of single services or nodes are under way at once. */
const READERS = 2;
/** A change of the list that explains itself does so within this time, by its checks. */
const EXPLAIN = 300;
/**
 * Everything is read again now and then, since nothing tells of an instance without a check
 * beside others of its name: after so many ms, and after so many times as long as it took.
 */
const AGAIN = [5_000, 50];
/** Between two questions for who else watches. */
const WATCHERS_EVERY = 3_000;
/** Up to here, changed services are read one by one. */
const SINGLY = 64;

const service = (name) => `health/service/${encodeURIComponent(name)}`;

export class Reader {
  #catalogue;
  #show;
  #world = new World();
  #snapshot = null;
  /** Services whose registrations have to be read again. */
  #stale = new Set();
  #reading = new Map();
  #open = null;
  #life = new AbortController();
  #openLife = new AbortController();
  #running = false;
  #has = { names: false, checks: false, all: false };
  #swept = { at: 0, took: 0 };
  #sweeping = false;
  #due = null;

  /** `show(snapshot, complete)` is called with each new snapshot. */
  constructor(catalogue, show) {
    this.#catalogue = catalogue;
    this.#show = show;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#catalogue.follow(CHECKS, signal, (answer) => this.#tookChecks(answer ?? []));
    this.#catalogue.follow(NAMES, signal, (answer) => this.#tookNames(answer ?? {}));
    this.#followOpen();
    this.#followWatchers(signal);
    this.#sweepNowAndThen(signal);
  }

  stop() {
    this.#running = false;
    this.#life.abort();
    this.#openLife.abort();
  }

  /** The service that is looked at; it is followed by itself. */
  open(name) {
    if (this.#open === name) return;
    this.#open = name;
    this.#followOpen();
  }

  #followOpen() {
    this.#openLife.abort();
    this.#openLife = new AbortController();
    const name = this.#open;
    if (name === null || !this.#running) return;
    this.#catalogue.follow(service(name), this.#openLife.signal, (answer) => {
      this.#world.takeService(name, answer ?? []);
      this.#stale.delete(name);
      this.#compose();
    });
  }

  #tookChecks(answer) {
    this.#has.checks = true;
    this.#mark(this.#world.takeChecks(answer, new Date()));
    this.#compose();
    this.#advance();
  }

  #tookNames(answer) {
    const first = !this.#has.names;
    this.#has.names = true;
    const stale = this.#world.takeNames(answer);
    this.#mark(stale);
    this.#compose();
    this.#advance();
    if (!first && stale.length === 0) this.#explainSoon();
  }

  /** Something was registered anew, and nothing says what. Do its checks? */
  #explainSoon() {
    if (this.#due !== null) return;
    const wait = Math.max(EXPLAIN, this.#swept.at + AGAIN[1] * this.#swept.took - performance.now());
    const reads = this.#readsSoFar;
    this.#due = setTimeout(() => {
      this.#due = null;
      if (this.#running && this.#readsSoFar === reads) this.#sweep();
    }, wait);
  }

  #readsSoFar = 0;

  async #sweepNowAndThen(signal) {
    while (!signal.aborted) {
      await pause(Math.max(AGAIN[0], AGAIN[1] * this.#swept.took), signal);
      if (!signal.aborted) this.#sweep();
    }
  }

  #mark(names) {
    for (const name of names) this.#stale.add(name);
    // It has its own reader, which alone writes it: an older answer never replaces a newer one.
    if (this.#open !== null && names.includes(this.#open)) this.#followOpen();
  }

  /** Is its registration about to be read again? */
  #doubtful(name) {
    return this.#sweeping || this.#stale.has(name) || this.#reading.has(name);
  }

  /** Reads what is stale: all at once at the beginning and when it is much, singly otherwise. */
  #advance() {
    if (!this.#has.names || !this.#has.checks || this.#sweeping) return;
    if (!this.#has.all || this.#stale.size > SINGLY) {
      this.#sweep();
      return;
    }
    while (this.#reading.size < READERS) {
      const name = [...this.#stale].find((name) => name !== this.#open && !this.#reading.has(name));
      if (name === undefined) return;
      this.#readsSoFar += 1;
      this.#reading.set(name, this.#readService(name).finally(() => {
        this.#reading.delete(name);
        this.#advance();
      }));
    }
  }

  async #readService(name) {
    const { signal } = this.#life;
    // What becomes stale while it is read has to be read once more.
    this.#stale.delete(name);
    try {
      const { value } = await this.#catalogue.ask(service(name), { signal });
      this.#world.takeService(name, value ?? []);
      this.#compose();
    } catch {
      this.#stale.add(name);
      await pause(1_000, signal);
    }
  }

  /** Reads all registrations, by nodes or by services, whichever are fewer. */
  async #sweep() {
    if (this.#sweeping) return;
    this.#sweeping = true;
    const { signal } = this.#life;
    // What becomes stale meanwhile may have been read before.
    const stale = [...this.#stale];
    this.#stale.clear();
    const began = performance.now();
    try {
      const nodes = (await this.#catalogue.ask("catalog/nodes", { signal })).value ?? [];
      if (nodes.length <= Math.max(this.#world.names.size, 1)) {
        const path = (node) => `catalog/node/${encodeURIComponent(node.Node)}`;
        this.#world.takeNodes(await this.#all(nodes.map(path), signal));
      } else {
        const names = [...this.#world.names.keys()];
        const answers = await this.#all(names.map(service), signal);
        names.forEach((name, at) => this.#world.takeService(name, answers[at] ?? []));
      }
      this.#has.all = true;
      const at = performance.now();
      this.#swept = { at, took: at - began };
    } catch {
      // Whoever follows a query tells of the failure; this goes on later.
      this.#mark(stale);
      await pause(1_000, signal);
    } finally {
      this.#sweeping = false;
    }
    if (signal.aborted) return;
    if (this.#open !== null) this.#mark([this.#open]);
    this.#compose();
    this.#advance();
  }

  async #all(paths, signal) {
    const answers = new Array(paths.length);
    let next = 0;
    const work = async () => {
      while (next < paths.length && !signal.aborted) {
        const at = next++;
        answers[at] = (await this.#catalogue.ask(paths[at], { signal })).value;
      }
    };
    await Promise.all(Array.from({ length: READERS }, work));
    return answers;
  }

  /** Only the embedded catalogue knows. */
  async #followWatchers(signal) {
    while (!signal.aborted) {
      try {
        const { value } = await this.#catalogue.ask(WATCHERS, { signal });
        if (!Array.isArray(value)) return;
        this.#world.takeClients(value);
        this.#compose();
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) return;
      }
      await pause(WATCHERS_EVERY, signal);
    }
  }

  #compose() {
    if (!this.#has.names || !this.#has.checks) return;
    this.#snapshot = this.#world.snapshot(this.#snapshot, (name) => this.#doubtful(name));
    this.#show(this.#snapshot, this.#has.all);
  }
}
