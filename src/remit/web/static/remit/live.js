// Follows a stream: [data-live] is told to look again when something changed; [data-live-state] says whether it is live.
"use strict";

(() => {
  const SILENT_MS = 10_000;
  const LOOK_MS = 10_000;
  const LONGEST_WAIT_MS = 15_000;

  const follow = (part) => {
    const state = document.querySelector("[data-live-state]");
    let source = null;
    let heard = 0;
    let opened = Date.now();
    let clock = "";
    let wait = 1000;
    let live = null;
    let cut = false;
    let looker = 0;

    const asof = () => part.querySelector("[data-asof]")?.dataset.asof || clock;
    const look = () => htmx.trigger(part, "changed");

    // Three states, each in words: live; looked at now and then; an old picture.
    const say = () => {
      if (!state) return;
      const [kind, words] = live ? ["live", "Live"]
        : cut ? ["cut", `No connection since ${clock || asof()}: what you see is old`]
        : ["slow", `Not live since ${clock || asof()}: looked at ${asof()}`];
      if (state.dataset.liveState === kind && state.textContent === words) return;
      state.dataset.liveState = kind;
      state.textContent = words;
      document.documentElement.toggleAttribute("data-old", kind === "cut");
    };

    const alive = () => {
      heard = Date.now();
      wait = 1000;
      if (live) return;
      live = true;
      cut = false;
      clearInterval(looker);
      say();
    };

    const lost = () => {
      source?.close();
      source = null;
      if (live !== false) {
        live = false;
        clearInterval(looker);
        looker = setInterval(look, LOOK_MS);
        look();
      }
      say();
      if (wanted()) setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };

    // A page that nobody sees lets go: a browser has few connections to one address. One that may sound holds on.
    const wanted = () => !document.hidden || part.hasAttribute("data-live-always");

    const open = () => {
      if (source || !wanted()) return;
      opened = Date.now();
      source = new EventSource(part.dataset.live);
      source.addEventListener("here", (event) => { clock = event.data; alive(); });
      source.addEventListener("changed", (event) => {
        alive();
        const shown = part.querySelector("[data-seq]")?.dataset.seq;
        if (!event.data || event.data !== shown) look();
      });
      source.addEventListener("ended", () => window.location.reload());
      source.addEventListener("error", lost);
    };

    setInterval(() => { if (source && Date.now() - Math.max(heard, opened) > SILENT_MS) lost(); }, 1000);
    document.addEventListener("visibilitychange", () => {
      if (wanted()) { if (!source) { look(); open(); } } else { source?.close(); source = null; }
    });
    window.addEventListener("pagehide", () => source?.close());
    part.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.elt !== part) return;
      cut = !live && !event.detail.successful;
      say();
    });
    open();
  };

  for (const part of document.querySelectorAll("[data-live]")) follow(part);
})();
