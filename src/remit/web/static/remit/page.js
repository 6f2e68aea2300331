// Small things that every page shares. Nothing here is needed to use a page; it only makes it quicker.
"use strict";

(() => {
  const announce = document.getElementById("announce");

  // Say something to a screen reader: remit.announce("Alarm: ...").
  window.remit = {
    announce(words) {
      announce.textContent = "";
      requestAnimationFrame(() => { announce.textContent = words; });
    },
  };

  for (const here of document.querySelectorAll(".nav [aria-current], .tabs [aria-current]")) {
    here.scrollIntoView({ inline: "center", block: "nearest" });
  }

  // After a refusal, the person lands at what was refused.
  const refused = document.querySelector(".field.refused :is(input, select, textarea)");
  refused?.focus();

  // One open menu at a time, closed by Escape or a press elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Dialogs: <button data-opens="id">, <button data-closes>.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    event.target.closest("[data-closes]")?.closest("dialog")?.close();
  });

  // A form is sent once: a second press while it is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("hx-post") || form.closest("[hx-boost]")) return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    form.dataset.sending = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  });

  // Fields that send their form at once when changed.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
  });

  // Printing and copying without inline code.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const copier = event.target.closest("[data-copies]");
    if (copier) {
      const words = document.getElementById(copier.dataset.copies).textContent.trim();
      navigator.clipboard?.writeText(words).then(() => window.remit.announce("Copied"));
    }
  });

  // A failed partial request says so in place of silence. A page that follows by itself says it in its own words.
  const looksByItself = ({ requestConfig }) => requestConfig?.verb === "get" && "X-Remit-Background" in requestConfig.headers;
  document.addEventListener("htmx:sendError", (event) => {
    if (!looksByItself(event.detail)) window.remit.notice("No connection: nothing was saved. What you typed is still here.");
    else if (!document.querySelector("[data-live-state]")) window.remit.notice("No connection: what you see may be old.");
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401 || status === 423) { window.location.reload(); return; }
    if (looksByItself(event.detail) && document.querySelector("[data-live-state]")) return;
    window.remit.notice(refusal(event.detail.xhr) || `Not done (${status}). What you typed is still here.`);
  });

  function refusal(request) {
    const held = new DOMParser().parseFromString(request.responseText, "text/html");
    return held.querySelector(".notice")?.textContent.trim().replace(/\s+/g, " ");
  }

  window.remit.notice = (words) => {
    const box = document.getElementById("messages");
    const line = document.createElement("div");
    line.className = "notice red";
    line.textContent = words;
    box.replaceChildren(line);
    line.scrollIntoView({ block: "nearest" });
    window.remit.announce(words);
  };
})();
