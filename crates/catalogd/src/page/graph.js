// A graph of services as a picture. It is laid out anew only when services or
// lines come or go; else only the states in it change.

import { worstInWords } from "./world.js";
import { layered } from "./layers.js";
import { counted, html, say, shape, svg } from "./dom.js";

const HEIGHT = 46;
const WIDTH = [156, 250];
/** About what a letter takes. */
const LETTER = 8.4;
const LONGEST = 24;
const MARGIN = 6;

const CLIENTS = "\u0000clients ";

export class Graph {
  #container;
  #topology = null;
  #boxes = new Map();

  constructor(container) {
    this.#container = container;
  }

  /** Draws `{edges, clients}` with the states of `services`; `current` is the one in the middle. */
  show({ edges, clients }, services, current = null) {
    const topology = JSON.stringify([edges, [...clients].map(([name, hosts]) => [name, hosts.size]), current]);
    if (topology !== this.#topology) {
      this.#topology = topology;
      this.#draw(edges, clients, current);
    }
    for (const [name, box] of this.#boxes) box.update(services.get(name));
  }

  #draw(edges, clients, current) {
    const focused = document.activeElement?.closest?.("[data-service]")?.dataset.service;
    const hadFocus = this.#container.contains(document.activeElement);
    this.#boxes.clear();
    const names = [...new Set([...edges.flat(), ...clients.keys(), ...(current === null ? [] : [current])])];
    if (edges.length === 0 && clients.size === 0) {
      this.#container.replaceChildren();
      return;
    }
    const nodes = names.map((id) => ({ id, width: widthOf(id), height: HEIGHT }));
    const lines = [...edges];
    for (const [name, hosts] of clients) {
      const id = CLIENTS + name;
      nodes.push({ id, width: widthOf(counted(hosts.size, "other client")), height: 30 });
      lines.push([id, name]);
    }
    const { width, height, places, lines: ways } = layered(nodes, lines);
    const [whole, tall] = [width + 2 * MARGIN, height + 2 * MARGIN];
    const picture = svg("svg", {
      viewBox: `${-MARGIN} ${-MARGIN} ${whole} ${tall}`,
      width: whole,
      height: tall,
      role: "group",
      "aria-label": "Services, each with lines to those it depends on",
    });
    // Below this width it is scrolled rather than made smaller.
    picture.style.setProperty("--natural", `${whole}px`);
    for (const { from, to, points } of ways) {
      picture.append(svg("path", { class: from.startsWith(CLIENTS) ? "line seen" : "line", d: curve(points), "marker-end": "url(#arrow)" }));
    }
    for (const { id, width, height } of nodes) {
      const { x, y } = places.get(id);
      if (id.startsWith(CLIENTS)) {
        picture.append(clientsBox(clients.get(id.slice(CLIENTS.length)), x, y, width, height));
        continue;
      }
      const needs = edges.filter(([from]) => from === id).map(([, to]) => to);
      const box = serviceBox(id, x, y, width, needs, id === current);
      this.#boxes.set(id, box);
      picture.append(box.node);
    }
    const [left, top] = [this.#container.scrollLeft, this.#container.scrollTop];
    this.#container.replaceChildren(picture);
    this.#container.scrollTo(left, top);
    if (hadFocus) this.#boxes.get(focused)?.node.focus({ preventScroll: true });
  }
}

const short = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

const widthOf = (text) => Math.round(Math.min(WIDTH[1], Math.max(WIDTH[0], 44 + LETTER * short(text).length)));

function serviceBox(name, x, y, width, needs, current) {
  const mark = svg("g", { transform: "translate(12 11)" });
  const counts = svg("text", { class: "below", x: 34, y: 36 });
  const title = svg("title", {}, "");
  const node = svg(
    "a",
    { class: current ? "box current" : "box", href: `#/service/${encodeURIComponent(name)}`, transform: `translate(${x} ${y})`, "data-service": name },
    title,
    svg("rect", { width, height: HEIGHT, rx: 9 }),
    mark,
    svg("text", { class: "name", x: 34, y: 20 }, short(name)),
    counts,
  );
  let state = null;
  const update = (service) => {
    const now = service ? service.state : "none";
    const words = service ? worstInWords(service) : "not registered";
    if (state !== now) {
      state = now;
      node.setAttribute("class", `box ${now}${current ? " current" : ""}`);
      mark.replaceChildren(shape(now));
    }
    say(counts, words);
    const needed = needs.length > 0 ? `; depends on ${needs.join(", ")}` : "";
    say(title, `${name}: ${words}${needed}`);
    node.setAttribute("aria-label", title.textContent);
  };
  return { node, update };
}

function clientsBox(hosts, x, y, width, height) {
  const words = counted(hosts.size, "other client");
  return svg(
    "g",
    { class: "box clients", transform: `translate(${x} ${y})` },
    svg("title", {}, `Waiting for changes of it, and not a service here: ${[...hosts].sort().join(", ")}`),
    svg("rect", { width, height, rx: 15 }),
    svg("text", { class: "below", x: 16, y: 19 }, words),
  );
}

/** Soft from point to point, level at each. */
function curve(points) {
  const [first, ...rest] = points;
  let d = `M${first.x} ${first.y}`;
  let last = first;
  for (const point of rest) {
    const half = (point.x - last.x) / 2;
    d += last.y === point.y ? `L${point.x} ${point.y}` : `C${last.x + half} ${last.y} ${point.x - half} ${point.y} ${point.x} ${point.y}`;
    last = point;
  }
  return d;
}

/** The dependencies of one service in words, as links. */
export function links(names, services) {
  return names.map((name) => {
    const state = services.get(name)?.state ?? "none";
    const missing = services.has(name) ? "" : " (not registered)";
    return html(
      "a",
      { class: `near ${state}`, href: `#/service/${encodeURIComponent(name)}` },
      shape(state),
      html("span", {}, `${name}${missing}`),
      html("span", { class: "unseen" }, services.has(name) ? `, ${state}` : ""),
    );
  });
}
