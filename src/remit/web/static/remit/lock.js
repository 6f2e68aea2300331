// Locks the screen when nobody has touched it for as long as the clinic says; all tabs share one clock.
"use strict";

(() => {
  const { minutes, alive, lock } = document.currentScript.dataset;
  const limit = Number(minutes) * 60_000;
  const mark = "remit-touched";
  let told = Date.now();

  const touched = () => Number(localStorage.getItem(mark)) || 0;
  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";

  // The server counts requests; reading and scrolling make none, so it is told at most twice within the limit.
  function touch() {
    const now = Date.now();
    localStorage.setItem(mark, String(now));
    if (now - told < limit / 2) return;
    told = now;
    fetch(alive, { method: "POST", headers: { "X-CSRFToken": token() } }).then((reply) => {
      if (reply.status === 423 || reply.status === 401) leave();
    }).catch(() => {});
  }

  async function leave() {
    try { await window.remit?.flushDrafts?.(); } catch { /* the draft saved last stands */ }
    const form = document.createElement("form");
    form.method = "post";
    form.action = lock;
    for (const [name, value] of [["csrfmiddlewaretoken", token()], ["next", location.pathname + location.search]]) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }

  localStorage.setItem(mark, String(Date.now()));
  for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    document.addEventListener(kind, touch, { passive: true, capture: true });
  }
  if (limit > 0) setInterval(() => { if (Date.now() - touched() >= limit) leave(); }, Math.min(limit / 4, 5_000));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-lock-now]")) return;
    event.preventDefault();
    leave();
  });
})();
