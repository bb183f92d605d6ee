// The list of services: filtered by words and by state, walked through by arrow keys.

import { WORST_FIRST, countsInWords } from "./world.js";
import { Rows, counted, html, say, shape } from "./dom.js";

const KEYS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

export class List {
  #list = document.getElementById("services");
  #field = document.getElementById("filter");
  #found = document.getElementById("filter-found");
  #total = document.getElementById("services-total");
  #rows = new Rows(this.#list, row);
  #chips;
  #state = null;
  #words = [];
  #frame = 0;
  #services = new Map();
  #current = null;
  #filtered;

  /** `filtered()` is called when another part of the services is to be shown. */
  constructor(filtered) {
    this.#filtered = filtered;
    this.#chips = WORST_FIRST.map((state) => this.#chip(state));
    document.getElementById("chips").append(...this.#chips.map((chip) => chip.node));
    this.#field.addEventListener("input", () => this.#filter());
    this.#field.addEventListener("keydown", (event) => this.#fromField(event));
    this.#list.addEventListener("keydown", (event) => this.#walk(event));
    this.#list.addEventListener("focusin", (event) => this.#stop(event.target));
  }

  show(services) {
    this.#services = services;
    this.#rows.show([...services].map(([name, service]) => [name, service]));
    say(this.#total, services.size.toLocaleString());
    for (const chip of this.#chips) chip.update([...services.values()]);
    // One that is registered again has a new row.
    this.#rows.get(this.#current)?.link.setAttribute("aria-current", "page");
    this.#apply();
  }

  /** Marks the service that is open; null for none. */
  choose(name) {
    this.#rows.get(this.#current)?.link.removeAttribute("aria-current");
    this.#current = name;
    const row = this.#rows.get(name);
    row?.link.setAttribute("aria-current", "page");
  }

  focusFilter() {
    this.#field.focus();
    this.#field.select();
  }

  /** Is anything filtered by words or state? */
  get narrowed() {
    return this.#words.length > 0 || this.#state !== null;
  }

  matches(name) {
    const service = this.#services.get(name);
    if (this.#state !== null && !(service?.counts[this.#state] > 0)) return false;
    if (this.#words.length === 0) return true;
    const text = `${name}\n${service?.tags.join("\n") ?? ""}`.toLowerCase();
    return this.#words.every((word) => text.includes(word));
  }

  #filter() {
    this.#words = this.#field.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#apply();
    // The list answers at once, the rest of the page when there is time.
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#filtered());
  }

  /** Hides what does not match, and sees to it that one row can be reached by Tab. */
  #apply() {
    let shown = 0;
    for (const name of this.#services.keys()) {
      const row = this.#rows.get(name);
      const match = this.matches(name);
      if (row.node.hidden === match) row.node.hidden = !match;
      if (match) shown += 1;
    }
    const words = this.narrowed ? `${shown.toLocaleString()} of ${counted(this.#services.size, "service")} shown` : "";
    say(this.#found, words);
    const held = this.#list.querySelector('a[tabindex="0"]');
    if (held && !held.closest("li").hidden) return;
    this.#stop(this.#links()[0]);
  }

  #links() {
    return [...this.#list.querySelectorAll("li:not([hidden]) > a")];
  }

  /** Makes this the row that Tab leads to. */
  #stop(link) {
    for (const other of this.#list.querySelectorAll('a[tabindex="0"]')) if (other !== link) other.tabIndex = -1;
    if (link) link.tabIndex = 0;
  }

  #walk(event) {
    const step = KEYS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const links = this.#links();
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowUp" && at === 0) {
      this.#field.focus();
      return;
    }
    const to = links[Math.max(0, Math.min(links.length - 1, at + step))];
    to?.focus({ preventScroll: true });
    to?.scrollIntoView({ block: "nearest" });
  }

  #fromField(event) {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.#links()[0]?.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#links()[0]?.click();
    } else if (event.key === "Escape" && this.#field.value !== "") {
      event.stopPropagation();
      this.#field.value = "";
      this.#filter();
    }
  }

  #chip(state) {
    const count = html("span", { class: "number" }, "0");
    const node = html("button", { type: "button", class: `chip ${state}`, "aria-pressed": "false" }, shape(state), html("span", {}, state), count);
    node.addEventListener("click", () => {
      this.#state = this.#state === state ? null : state;
      for (const chip of this.#chips) chip.node.setAttribute("aria-pressed", String(chip.state === this.#state));
      this.#filter();
    });
    const update = (services) => {
      const sum = services.filter((service) => service.counts[state] > 0).length;
      say(count, sum.toLocaleString());
      node.classList.toggle("zero", sum === 0);
    };
    return { node, state, update };
  }
}

function row(service) {
  const name = html("span", { class: "name" }, service.name);
  const words = html("span", { class: "words" });
  const mark = html("span", { class: "mark" });
  const link = html(
    "a",
    { class: "row", href: `#/service/${encodeURIComponent(service.name)}`, tabindex: "-1" },
    mark,
    name,
    words,
  );
  let state = null;
  const update = (now) => {
    if (state !== now.state) {
      state = now.state;
      mark.replaceChildren(shape(state));
      link.className = `row ${state}`;
    }
    say(words, countsInWords(now));
  };
  return { node: html("li", {}, link), link, update };
}

