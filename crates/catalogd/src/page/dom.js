// Building and updating elements. Whatever comes from the catalogue is set as
// text or as an attribute's value; nothing is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An element of HTML; strings among the children become text. */
export function html(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Sets the text of a node, if it is another one: a screen reader speaks up otherwise. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The shape of a state. */
export function shape(state, attributes) {
  return svg(
    "svg",
    { class: `shape ${state}`, viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", ...attributes },
    svg("use", { href: `#shape-${state}` }),
  );
}

/** The shape of a state, and its word beside it. */
export function badge(state, word = state) {
  return html("span", { class: `badge ${state}` }, shape(state), html("span", {}, word));
}

/** A moment of the day; the whole of it as a tip. */
export function moment(at) {
  return html("time", { datetime: at.toISOString(), title: at.toLocaleString() }, clock(at));
}

/** Hours, minutes and seconds of the day. */
export function clock(at) {
  return at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** `3 services`, `1 service`. */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/**
 * Children of one container, each with a key. What stays is neither moved nor
 * made anew, so that focus, scrolling and what was opened stay as they are.
 */
export class Rows {
  #container;
  #make;
  #rows = new Map();

  /** `make(item)` gives `{node, update(item)}`. */
  constructor(container, make) {
    this.#container = container;
    this.#make = make;
  }

  /** Shows these `[key, item]`, in this order. */
  show(items) {
    const wanted = new Map(items);
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      this.#rows.delete(key);
      leave(row.node);
    }
    let next = this.#container.firstChild;
    for (const [key, item] of wanted) {
      let row = this.#rows.get(key);
      if (!row) {
        row = this.#make(item);
        this.#rows.set(key, row);
      }
      row.update(item);
      if (row.node === next) next = next.nextSibling;
      else this.#container.insertBefore(row.node, next);
    }
  }

  get(key) {
    return this.#rows.get(key);
  }

  get size() {
    return this.#rows.size;
  }
}

/** Takes a node away. Was the focus in it, its neighbour gets it. */
function leave(node) {
  if (node.contains(document.activeElement)) {
    const neighbour = node.nextElementSibling ?? node.previousElementSibling;
    const target = neighbour?.querySelector("a, button, summary");
    (target ?? document.getElementById("content")).focus({ preventScroll: true });
  }
  node.remove();
}
