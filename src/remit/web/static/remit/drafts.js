// Keeps what is typed in <form data-draft="key"> on the server, for this account alone, and puts it back.
"use strict";

(() => {
  const script = document.currentScript;
  const address = script.dataset.drafts;
  const never = new Set(["password", "file", "submit", "button", "image", "reset"]);
  const pause = 800;
  const waiting = new Map();

  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const kept = (field) => field.name && !field.name.startsWith("csrf") && !never.has(field.type)
    && !(field.type === "hidden") && !field.closest("[data-no-draft]");
  const fields = (form) => [...form.elements].filter(kept);

  function contents(form) {
    const held = {};
    for (const field of fields(form)) {
      if (field.type === "checkbox" || field.type === "radio") {
        held[field.name] ??= [];
        if (field.checked) held[field.name].push(field.value);
      } else if (field.multiple) {
        held[field.name] = [...field.selectedOptions].map((option) => option.value);
      } else {
        (held[field.name] ??= []).push(field.value);
      }
    }
    return held;
  }

  function fill(form, held) {
    const at = {};
    for (const field of fields(form)) {
      const values = held[field.name];
      if (!values) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = values.includes(option.value);
      else field.value = values[(at[field.name] = (at[field.name] ?? -1) + 1)] ?? field.value;
    }
    form.dispatchEvent(new CustomEvent("remit:restored", { bubbles: true }));
  }

  function send(form, last = false) {
    clearTimeout(waiting.get(form));
    waiting.delete(form);
    const body = new URLSearchParams({ key: form.dataset.draft, body: JSON.stringify(contents(form)) });
    return fetch(address, { method: "POST", body, keepalive: last, headers: { "X-CSRFToken": token() } })
      .then((reply) => say(form, reply.ok ? "Kept as a draft" : "Not kept: send it soon"))
      .catch(() => say(form, "No connection: not kept"));
  }

  function say(form, words) {
    const line = form.querySelector("[data-draft-state]");
    if (line) line.textContent = words;
  }

  function later(form) {
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(() => send(form), pause));
  }

  function flush() {
    return Promise.all([...waiting.keys()].map((form) => send(form, true)));
  }

  async function restore(form) {
    if (form.dataset.draftSeen) return;
    form.dataset.draftSeen = "1";
    const reply = await fetch(`${address}?key=${encodeURIComponent(form.dataset.draft)}`, { headers: { "X-Remit-Background": "1" } });
    if (reply.status !== 200) return;
    const draft = await reply.json();
    if (JSON.stringify(draft.body) === JSON.stringify(contents(form))) return;
    fill(form, draft.body);
    const line = document.createElement("div");
    line.className = "kept";
    const words = document.createElement("span");
    words.setAttribute("role", "status");
    words.textContent = `What you typed at ${draft.at} was kept and is back.`;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "button plain";
    drop.textContent = "Drop it";
    drop.addEventListener("click", async () => {
      await forget(form);
      form.reset();
      line.remove();
      form.dispatchEvent(new CustomEvent("remit:restored", { bubbles: true }));
    });
    line.append(words, drop);
    form.prepend(line);
  }

  function forget(form) {
    const body = new URLSearchParams({ key: form.dataset.draft, drop: "1" });
    return fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token() } });
  }

  const drafted = (target) => target.closest?.("form[data-draft]");
  document.addEventListener("input", (event) => { const form = drafted(event.target); if (form && kept(event.target)) later(form); });
  document.addEventListener("change", (event) => { const form = drafted(event.target); if (form && kept(event.target)) later(form); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });
  window.addEventListener("pagehide", flush);
  // What is sent needs no draft: the server drops it when the act is done, by the hidden field.
  document.addEventListener("submit", (event) => { const form = drafted(event.target); if (form) { clearTimeout(waiting.get(form)); waiting.delete(form); name(form); } }, true);

  function name(form) {
    if (form.querySelector("input[name=_draft]")) return;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "_draft";
    field.value = form.dataset.draft;
    form.append(field);
  }

  const look = (root) => { for (const form of root.querySelectorAll("form[data-draft]")) { name(form); restore(form); } };
  look(document);
  document.addEventListener("htmx:load", (event) => look(event.target.parentNode || document));

  window.remit = window.remit || {};
  window.remit.flushDrafts = flush;
})();
