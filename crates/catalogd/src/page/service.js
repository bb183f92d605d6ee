// One service: what it needs, who needs it, and its instances with their checks.

import { WATCHES, WORST_FIRST, byName, countsInWords, failing } from "./world.js";
import { around } from "./dependencies.js";
import { Graph, links } from "./graph.js";
import { Rows, badge, counted, html, moment, say } from "./dom.js";

/** Instances that are shown at once, and how many more each time. */
const PORTION = 100;

export class ServiceView {
  #root = document.getElementById("service");
  #name = null;
  #parts = null;
  #limit = PORTION;
  #onlyTrouble = false;
  #again = () => {};

  /** Shows the service of this name, as far as it is known. */
  show(name, snapshot, whole) {
    if (this.#name !== name) this.#build(name);
    this.#again = () => this.#update(snapshot, whole);
    this.#again();
  }

  close() {
    this.#name = null;
    this.#parts = null;
    this.#again = () => {};
    this.#root.replaceChildren();
  }

  #build(name) {
    this.#name = name;
    this.#limit = PORTION;
    this.#onlyTrouble = false;
    const parts = {
      state: html("span", { class: "headline" }),
      counts: html("span", { class: "quiet" }),
      tags: html("ul", { class: "tags-list", "aria-label": "Tags" }),
      needs: html("p", { class: "nears" }),
      needed: html("p", { class: "nears" }),
      clients: html("p", { class: "quiet" }),
      graph: html("div", { class: "graph small" }),
      only: html("input", { type: "checkbox", id: "only-trouble" }),
      list: html("ul", { class: "instances" }),
      none: html("p", { class: "quiet" }),
      more: html("button", { type: "button", class: "more", hidden: true }),
    };
    parts.only.addEventListener("change", () => {
      this.#onlyTrouble = parts.only.checked;
      this.#again();
    });
    parts.more.addEventListener("click", () => {
      this.#limit += PORTION;
      this.#again();
    });
    parts.rows = new Rows(parts.list, instanceRow);
    parts.picture = new Graph(parts.graph);
    this.#parts = parts;
    this.#root.replaceChildren(
      html("p", { class: "back" }, html("a", { href: "#/" }, "← Overview")),
      html("h1", {}, name),
      html("p", { class: "summary" }, parts.state, parts.counts),
      parts.tags,
      html(
        "section",
        { class: "ties", "aria-label": "Dependencies" },
        html("div", {}, html("h2", {}, "Depends on"), parts.needs),
        html("div", {}, html("h2", {}, "Needed by"), parts.needed, parts.clients),
        parts.graph,
      ),
      html(
        "div",
        { class: "instances-head" },
        html("h2", {}, "Instances"),
        html("label", { class: "only", for: "only-trouble" }, parts.only, " only those not passing"),
      ),
      parts.list,
      parts.none,
      parts.more,
    );
  }

  #update(snapshot, whole) {
    const parts = this.#parts;
    const service = snapshot.services.get(this.#name);
    const state = service?.state ?? "none";
    if (parts.state.dataset.state !== state) {
      parts.state.dataset.state = state;
      parts.state.replaceChildren(badge(state, state === "none" ? "no instance" : state));
    }
    say(parts.counts, service ? countsInWords(service) : "not in the catalogue");
    replaceWords(parts.tags, service?.tags ?? [], (tag) => html("li", {}, tag));
    const near = around(this.#name, whole);
    const needs = near.edges.filter(([from]) => from === this.#name).map(([, to]) => to);
    const needed = near.edges.filter(([, to]) => to === this.#name).map(([from]) => from);
    showLinks(parts.needs, needs, snapshot.services, "nothing that it tells of");
    showLinks(parts.needed, needed, snapshot.services, "no service that tells so");
    const clients = [...(near.clients.get(this.#name) ?? [])].sort();
    say(parts.clients, clients.length > 0 ? `${counted(clients.length, "other client")}: ${clients.join(", ")}` : "");
    parts.picture.show(near, snapshot.services, this.#name);
    this.#updateInstances(service);
  }

  #updateInstances(service) {
    const parts = this.#parts;
    const all = [...(service?.instances.values() ?? [])].sort((one, other) => byName(one.id, other.id) || byName(one.key, other.key));
    const wanted = this.#onlyTrouble ? all.filter((instance) => instance.state !== "passing") : all;
    parts.rows.show(wanted.slice(0, this.#limit).map((instance) => [instance.key, instance]));
    const left = wanted.length - this.#limit;
    parts.more.hidden = left <= 0;
    say(parts.more, `Show ${Math.min(left, PORTION).toLocaleString()} more of ${left.toLocaleString()}`);
    const none = this.#onlyTrouble && all.length > 0 ? "All of them are passing." : "It has none.";
    say(parts.none, wanted.length > 0 ? "" : service && !service.known ? "Reading…" : none);
  }
}

/** Replaces the children of a list, if the words are others. */
function replaceWords(list, words, make) {
  const key = words.join("\n");
  if (list.dataset.words === key) return;
  list.dataset.words = key;
  list.replaceChildren(...words.map(make));
}

function showLinks(paragraph, names, services, none) {
  const states = names.map((name) => `${name} ${services.get(name)?.state ?? "missing"}`);
  const focused = paragraph.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  replaceWords(paragraph, names.length > 0 ? states : [none], () => "");
  if (names.length === 0) say(paragraph, none);
  else if (paragraph.childElementCount === 0) {
    paragraph.replaceChildren(...links(names, services));
    if (focused) [...paragraph.children].find((link) => link.getAttribute("href") === focused)?.focus();
  }
}

function instanceRow(instance) {
  const parts = {
    state: html("span", { class: "instance-state" }),
    address: html("span", { class: "address" }),
    since: html("span", { class: "quiet since" }),
    tags: html("ul", { class: "tags-list", "aria-label": "Tags" }),
    trouble: html("div", { class: "outputs" }),
    summary: html("summary", {}),
    checks: html("ul", { class: "checks" }),
    meta: html("dl", { class: "meta" }),
  };
  const node = html(
    "li",
    { class: "instance" },
    html("div", { class: "instance-head" }, parts.state, html("h3", {}, instance.id), parts.address, html("span", { class: "quiet" }, `on ${instance.node}`), parts.since),
    parts.tags,
    parts.trouble,
    html("details", {}, parts.summary, parts.checks, parts.meta),
  );
  let shown = "";
  const update = (now) => {
    const looks = JSON.stringify([now.state, now.from, now.address, now.port, now.tags, now.meta, now.own, now.ofNode]);
    if (looks === shown) return;
    const changed = shown !== "";
    shown = looks;
    node.className = `instance ${now.state}${changed ? " changed" : ""}`;
    parts.state.replaceChildren(badge(now.state));
    say(parts.address, now.port ? `${bracketed(now.address)}:${now.port}` : now.address);
    parts.since.replaceChildren(...(now.state === "passing" && !now.from ? [] : since(now.from)));
    replaceWords(parts.tags, now.tags, (tag) => html("li", {}, tag));
    const troubles = failing(now);
    parts.trouble.replaceChildren(...troubles.map((check) => output(check, true)));
    const checks = [...now.own, ...now.ofNode];
    const meta = Object.entries(now.meta).sort(([one], [other]) => byName(one, other));
    const words = [counted(checks.length, "check")];
    if (meta.length > 0) words.push(meta.length === 1 ? "1 entry of metadata" : `${meta.length} entries of metadata`);
    say(parts.summary, words.join(", "));
    checks.sort((one, other) => WORST_FIRST.indexOf(one.state) - WORST_FIRST.indexOf(other.state));
    parts.checks.replaceChildren(...checks.map((check) => html("li", {}, checkLine(check), output(check, false))));
    parts.meta.replaceChildren(...meta.flatMap(([name, value]) => [html("dt", name === WATCHES ? { class: "own" } : {}, name), html("dd", {}, value)]));
  };
  return { node, update };
}

const bracketed = (address) => (address.includes(":") ? `[${address}]` : address);

/** Since when, as far as that was seen. */
function since(from) {
  return from ? ["since ", moment(from)] : ["since before this page was opened"];
}

function checkLine(check) {
  return html(
    "p",
    { class: "check" },
    badge(check.state),
    html("strong", {}, check.name),
    html("span", { class: "quiet" }, ...since(check.from)),
  );
}

/** The last output of a check; named when it stands alone. */
function output(check, named) {
  const text = check.output.trim();
  const name = named ? html("span", { class: "quiet" }, `${check.name}: `) : null;
  return text || named ? html("pre", { class: "output", tabindex: text.length > 600 ? "0" : null }, name, text || "no output") : "";
}
