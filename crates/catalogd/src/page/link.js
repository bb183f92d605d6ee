// How the connection to the catalogue stands, and how old what is shown is.

import { clock, html, say } from "./dom.js";

const WORDS = {
  connecting: "Connecting",
  live: "Live",
  leaderless: "No leader",
  refused: "Refused",
  lost: "Connection lost",
  paused: "Paused",
};

export class Link {
  #link = document.getElementById("link");
  #word = document.getElementById("link-word");
  #age = document.getElementById("link-age");
  #alarm = document.getElementById("alarm");
  #entry = document.getElementById("entry");
  #standing = { state: "connecting" };

  /** `enter(token)` is called with what somebody typed. */
  constructor(enter) {
    setInterval(() => this.#tick(), 1_000);
    this.#entry.addEventListener("submit", (event) => {
      event.preventDefault();
      enter(document.getElementById("token").value.trim());
    });
  }

  show(standing) {
    this.#standing = standing;
    this.#link.dataset.state = standing.state;
    document.body.dataset.link = standing.state;
    say(this.#word, WORDS[standing.state]);
    const reasons = this.#reasons(standing);
    this.#alarm.hidden = reasons.length === 0;
    const text = reasons.join(" ");
    // Told once, not with each attempt.
    if (this.#alarm.textContent !== text) this.#alarm.replaceChildren(...(text ? [html("p", {}, text)] : []));
    this.#entry.hidden = standing.state !== "refused" && !standing.filtered;
    this.#tick();
  }

  #reasons({ state, at, since, reason, filtered }) {
    const asOf = at ? `What is shown is as of ${clock(at)}.` : "Nothing has been read yet.";
    const why = reason ? `: ${reason}` : "";
    switch (state) {
      case "lost":
        return [`The connection to the catalogue was lost at ${clock(since)}${why}.`.replace("..", "."), asOf, "Trying again…"];
      case "refused":
        return [`The catalogue refuses to answer${why}.`.replace("..", "."), "It wants a token that may read.", at ? asOf : ""];
      case "leaderless":
        return ["The catalogue has no leader: what is shown may be behind."];
      default:
        return filtered ? ["The catalogue leaves out what this page may not see."] : [];
    }
  }

  #tick() {
    const { state, at } = this.#standing;
    if (!at) return say(this.#age, "");
    const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
    const ago = seconds < 2 ? "now" : seconds < 120 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
    say(this.#age, state === "live" ? `confirmed ${ago}` : `as of ${ago}`);
  }
}
