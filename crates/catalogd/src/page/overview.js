// All services at a glance: sums, what is wrong now, and who depends on whom.

import { WORST_FIRST, byName, failing } from "./world.js";
import { drawable } from "./dependencies.js";
import { Graph } from "./graph.js";
import { Rows, badge, counted, html, moment, say, shape } from "./dom.js";

/** The most instances that are shown as needing attention. */
const MOST = 12;

export class Overview {
  #totals = document.getElementById("totals");
  #troubles = new Rows(document.getElementById("troubles"), troubleRow);
  #troublesNote = document.getElementById("troubles-note");
  #graphNote = document.getElementById("graph-note");
  #graph = new Graph(document.getElementById("graph"));
  #sums = new Map();

  constructor() {
    for (const [key, word] of [["services", "services"], ["instances", "instances"], ...WORST_FIRST.map((state) => [state, state])]) {
      const number = html("dd", {}, "–");
      const mark = key === "services" || key === "instances" ? null : shape(key);
      this.#totals.append(html("div", { class: `total ${key}` }, html("dt", {}, mark, word), number));
      this.#sums.set(key, number);
    }
  }

  /** `whole` is what depends on what; `list` says what is filtered. */
  show(snapshot, complete, whole, list) {
    const services = [...snapshot.services.values()];
    const all = services.flatMap((service) => [...service.instances.values()]);
    const sum = (key, number) => {
      say(this.#sums.get(key), complete ? number.toLocaleString() : "–");
      this.#sums.get(key).parentElement.classList.toggle("zero", number === 0);
    };
    sum("services", services.length);
    sum("instances", all.length);
    for (const state of WORST_FIRST) sum(state, all.filter((instance) => instance.state === state).length);
    this.#showTroubles(all, complete);
    this.#showGraph(snapshot, whole, list, complete);
  }

  #showTroubles(all, complete) {
    const rank = (instance) => WORST_FIRST.indexOf(instance.state);
    const troubles = all
      .filter((instance) => instance.state !== "passing")
      .sort((one, other) => rank(one) - rank(other) || byName(one.service, other.service) || byName(one.id, other.id));
    this.#troubles.show(troubles.slice(0, MOST).map((instance) => [`${instance.state}\n${instance.key}`, instance]));
    const left = troubles.length - MOST;
    const calm = complete ? `All ${counted(all.length, "instance")} are passing.` : "Reading…";
    const words = all.length === 0 && complete ? "Nothing is registered." : calm;
    say(this.#troublesNote, troubles.length === 0 ? words.replace("All 1 instance are", "The one instance is") : left > 0 ? `and ${counted(left, "more instance")}` : "");
  }

  #showGraph(snapshot, whole, list, complete) {
    const part = drawable(whole, (name) => list.narrowed && list.matches(name));
    this.#graph.show(part, snapshot.services);
    const nothing = whole.edges.length === 0 && whole.clients.size === 0;
    let note = "";
    if (nothing && complete) {
      note = "Nobody has said yet. A pilot that watches services publishes their names with its own registration.";
    } else if (part.cut) {
      const too = `${counted(part.cut.of, "service")} with dependencies are too many for one picture`;
      note = part.edges.length > 0 ? `${too}; these match the filter, with their neighbours.` : `${too}: filter the list, or open a service.`;
    }
    say(this.#graphNote, note);
  }
}

function troubleRow(instance) {
  const text = html("span", { class: "output-line" });
  const since = html("span", { class: "quiet" });
  const node = html(
    "li",
    { class: `trouble ${instance.state}` },
    html(
      "a",
      { href: `#/service/${encodeURIComponent(instance.service)}` },
      badge(instance.state),
      html("strong", {}, instance.service),
      html("span", { class: "quiet id" }, instance.id),
      since,
      text,
    ),
  );
  let from;
  const update = (now) => {
    if (from !== now.from) {
      from = now.from;
      since.replaceChildren(...(from ? ["since ", moment(from)] : []));
    }
    say(text, failing(now)[0]?.output.trim() || "no output");
  };
  return { node, update };
}
