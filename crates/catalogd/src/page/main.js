// The page: what it asks, what it shows, and where in it one is.

import { Catalogue } from "./catalogue.js";
import { changes } from "./changes.js";
import { dependencies } from "./dependencies.js";
import { Feed } from "./feed.js";
import { Link } from "./link.js";
import { List } from "./list.js";
import { Overview } from "./overview.js";
import { Reader } from "./reader.js";
import { ServiceView } from "./service.js";
import { steady } from "./steady.js";

const content = document.getElementById("content");
const place = document.getElementById("place");
/** What is scrolled by itself where there is room. */
const parts = [content, document.getElementById("services"), document.querySelector(".feed")];

let shown = null;
let complete = false;
let view = { name: "overview", service: null };

const link = new Link((token) => {
  catalogue.use(token);
  reader.stop();
  reader.start();
});
const catalogue = new Catalogue((standing) => link.show(standing));
const reader = new Reader(catalogue, take);
const list = new List(() => draw());
const overview = new Overview();
const service = new ServiceView();
const feed = new Feed();

function take(snapshot, whole) {
  // What is read for the first time has not happened now.
  const events = complete ? changes(shown, snapshot, new Date()) : [];
  shown = snapshot;
  complete = whole;
  steady(parts, () => {
    feed.add(events);
    list.show(snapshot.services);
    draw();
  });
}

function draw() {
  if (shown === null) return;
  const whole = dependencies(shown);
  if (view.service === null) overview.show(shown, complete, whole, list);
  else service.show(view.service, shown, whole);
  title();
}

function title() {
  const critical = [...shown.services.values()].reduce((sum, one) => sum + one.counts.critical, 0);
  const where = view.service === null ? "Catalogue" : `${view.service} – Catalogue`;
  const text = critical > 0 ? `(${critical} critical) ${where}` : where;
  if (document.title !== text) document.title = text;
}

/** The address says what is shown: #/, #/services, #/events or #/service/NAME. */
function readAddress() {
  const [, name = "", rest = ""] = location.hash.match(/^#\/([^/]*)\/?(.*)$/) ?? [];
  if (name === "service" && rest) return { name: "service", service: decoded(rest) };
  return { name: name === "services" || name === "events" ? name : "overview", service: null };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function go() {
  view = readAddress();
  document.body.dataset.view = view.name;
  document.getElementById("overview").hidden = view.service !== null;
  document.getElementById("service").hidden = view.service === null;
  for (const tab of document.querySelectorAll("[data-tab]")) {
    tab.setAttribute("aria-current", tab.dataset.tab === view.name ? "page" : "false");
  }
  if (view.service === null) service.close();
  content.scrollTop = 0;
  list.choose(view.service);
  reader.open(view.service);
  draw();
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    if (getComputedStyle(document.querySelector(".side")).display === "none") {
      location.hash = "#/services";
      // Its event comes too late for the focus.
      go();
    }
    list.focusFilter();
  } else if (event.key === "Escape" && view.service !== null) {
    location.hash = "#/";
  }
}

/** A page that nobody sees leaves the browser's few connections to others. */
function watchVisibility() {
  if (document.hidden) reader.stop();
  else reader.start();
}

async function tellPlace() {
  try {
    const { value } = await catalogue.ask("catalog/datacenters");
    place.textContent = (value ?? []).slice(0, 1).join("");
  } catch {
    // Only a name is missing; the connection itself is told of elsewhere.
  }
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  content.focus();
});
addEventListener("hashchange", go);
addEventListener("keydown", key);
addEventListener("online", () => (reader.stop(), watchVisibility()));
document.addEventListener("visibilitychange", watchVisibility);
go();
watchVisibility();
tellPlace();
