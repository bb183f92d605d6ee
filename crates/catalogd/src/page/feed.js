// The feed of events: what changed while somebody looked, the newest first.

import { html, moment, shape } from "./dom.js";

/** Older ones are forgotten. */
const MOST = 200;

export class Feed {
  #list = document.getElementById("events");
  #note = document.getElementById("events-note");

  /** Adds events that happened at once, the most important first. */
  add(events) {
    if (events.length === 0) return;
    this.#note.hidden = true;
    this.#list.prepend(...events.map(row));
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild.remove();
  }
}

function row({ at, state, service, id, words, output }) {
  const who = service === null ? html("strong", {}, id) : html("a", { href: `#/service/${encodeURIComponent(service)}` }, html("strong", {}, service));
  return html(
    "li",
    { class: `event ${state}` },
    shape(state),
    html(
      "div",
      {},
      html("p", { class: "event-head" }, who, " ", html("span", { class: "event-words" }, words)),
      html("p", { class: "event-foot quiet" }, html("span", { class: "id" }, service === null ? "" : id), " ", moment(at)),
      output ? html("p", { class: "output-line" }, output.slice(0, 300)) : null,
    ),
  );
}
