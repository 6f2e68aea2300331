// The session at the chair: the pad that moves on by itself, entries that are sent until they are acknowledged.
"use strict";

(() => {
  const script = document.currentScript;
  const store = `remit-unsent:${script.dataset.account}`;
  const RETRY_MS = 4000;

  const freshId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  // What was sent and not yet answered, for this account alone; nothing with a password or a code is kept.
  const unsent = () => JSON.parse(localStorage.getItem(store) || "{}");
  const keep = (id, held) => {
    const all = unsent();
    if (held) all[id] = held; else delete all[id];
    localStorage.setItem(store, JSON.stringify(all));
  };

  const firstTry = new Map();
  const idOf = (form) => form.elements.client_id?.value;

  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.target.closest("form");
    const id = form && idOf(form);
    if (!id) return;
    if (!firstTry.has(id)) firstTry.set(id, Date.now());
    const late = (Date.now() - firstTry.get(id)) / 1000;
    event.detail.parameters.late_s = String(late);
    if (!event.detail.parameters.second_password) {
      const body = new URLSearchParams();
      for (const [name, value] of Object.entries(event.detail.parameters)) {
        if (name !== "late_s" && name !== "second_code") body.append(name, value);
      }
      keep(id, { url: form.getAttribute("hx-post"), body: body.toString(), at: firstTry.get(id) });
    }
  });

  // The answer may have taken the form off the page: the request says which form it was.
  const answered = (event) => {
    const form = event.detail.requestConfig?.elt.closest("form");
    const id = form && event.detail.requestConfig.parameters.client_id;
    const status = event.detail.xhr.status;
    if (!id || !status || status === 423 || status >= 500) return;
    keep(id, null);
    firstTry.delete(id);
    if (status >= 300) return;
    const dialog = form.closest("dialog");
    if (form.hasAttribute("data-step")) {
      form.querySelector("button").disabled = true;
      form.querySelector("button").textContent = "Entered";
      return;
    }
    form.reset();
    form.elements.client_id.value = freshId();
    form.querySelector('[id^="refused-"]')?.replaceChildren();
    stage(form, "1");
    dialog?.close();
    goOn(form);
  };
  document.addEventListener("htmx:afterRequest", answered);
  // A redraw that came before the answer has taken the form away: its own event reaches nobody then.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig?.elt.isConnected === false) answered(event);
  });

  // Whoever works with the keyboard stays where they were, though the part around it was drawn anew.
  const lost = () => !document.activeElement || document.activeElement === document.body;
  const mark = (one) => [one.tagName, one.dataset.dialog, one.dataset.setId, one.getAttribute("aria-label"), one.textContent.trim()].join("|");
  let was = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const here = document.activeElement;
    if (event.detail.target.id === "live") was = event.detail.target.contains(here) ? mark(here) : null;
  });
  const stay = (live) => {
    if (!was || !lost()) return;
    [...live.querySelectorAll("a, button, summary")].find((one) => mark(one) === was)?.focus({ preventScroll: true });
  };

  // What was pressed is gone with its row: the next row is where one goes on, never its button, which a second Enter would press.
  const goOn = (form) => {
    if (form.closest("dialog") ? document.querySelector("dialog[open]") : !lost()) return;
    const list = form.closest("ul.gate, ul.blocks")?.className.match(/gate|blocks/)[0];
    const row = list && document.querySelector(`#live ul.${list} form`)?.closest("li");
    if (row) row.tabIndex = -1;
    const name = form.closest("dialog")?.id.replace("dialog-", "");
    const opener = name && document.querySelector(`#live .actions > [data-dialog="${CSS.escape(name)}"]`);
    (row || opener || document.querySelector("#live .actions .button"))?.focus({ preventScroll: !row });
  };

  // No connection: the form stays, and is sent again with the same id until it is answered.
  const again = (event) => {
    const form = event.target.closest?.("form[data-entry]");
    if (!form) return;
    const place = form.querySelector('[id^="refused-"]') || document.getElementById("refused-live");
    const line = document.createElement("p");
    line.className = "notice amber";
    line.setAttribute("role", "alert");
    line.textContent = "No connection. Not entered yet: it is kept here and sent again by itself.";
    place.replaceChildren(line);
    setTimeout(() => form.isConnected && form.requestSubmit(), RETRY_MS);
  };
  document.addEventListener("htmx:sendError", again);
  document.addEventListener("htmx:timeout", again);

  // What a page that was closed or locked left unsent goes out now, under the same account and the same ids.
  const sendLeft = async () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value
      || JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"];
    for (const [id, held] of Object.entries(unsent())) {
      const body = new URLSearchParams(held.body);
      body.set("late_s", String((Date.now() - held.at) / 1000));
      let answer;
      try {
        answer = await fetch(held.url, { method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" }, redirect: "manual" });
      } catch { return; }
      if (answer.status === 200 || answer.status === 422) {
        keep(id, null);
        window.remit.notice(answer.status === 200
          ? "An entry that had not been acknowledged was sent now and stands in the record."
          : "An entry from before could not be entered: look at what happened, and enter it again if it is missing.");
        htmx.trigger(document.body, "look");
      }
    }
  };
  window.addEventListener("load", sendLeft);

  // What would let a refused entry pass is where one types next.
  const LETS_PASS = { reason: "reason", second_person: "second_email", override_reason: "override_reason" };
  const fill = (place) => {
    const needs = place.querySelector("[data-needs]")?.dataset.needs.split(" ") || [];
    const names = needs.map((need) => LETS_PASS[need]).filter(Boolean);
    const field = names.map((name) => place.closest("form")?.elements[name]).find((one) => one && !one.value);
    if (field?.closest("details")) field.closest("details").open = true;
    field?.focus();
  };

  // Dialogs: opened by a press, or by the key that the button names.
  const open = (button) => {
    const dialog = document.getElementById(`dialog-${button.dataset.dialog}`);
    if (!dialog) return;
    if (button.dataset.setId !== undefined) {
      dialog.querySelector("[name=id]").value = button.dataset.setId;
      dialog.querySelector("[data-said]").textContent = button.dataset.say;
      for (const part of dialog.querySelectorAll("[data-if-waivable]")) part.hidden = button.dataset.waivable !== "1";
    }
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden]):not([type=radio]), input[type=radio][required], textarea, select")?.focus();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dialog]");
    if (!button) return;
    button.closest("details.menu")?.removeAttribute("open");
    open(button);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); open(button); }
  });

  // The pad: a number that cannot grow any more within what is possible is complete, and the next field takes over.
  const fieldsOf = (form) => [...form.querySelectorAll("[data-most], .pad-fields > button")];
  const next = (input) => {
    const fields = fieldsOf(input.form);
    fields[fields.indexOf(input) + 1]?.focus();
  };
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.matches("[data-pad] [data-most]")) return;
    input.value = input.value.replace(/[^0-9]/g, "");
    if (input.value && Number(input.value) * 10 > Number(input.dataset.most)) next(input);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-pad] [data-most]")) return;
    event.preventDefault();
    next(event.target);
  });

  // Two people, two stages: the second does not see what the first typed.
  const stage = (form, shown) => {
    for (const part of form.querySelectorAll("[data-stage]")) part.hidden = part.dataset.stage !== shown;
  };
  const turn = (form, shown) => {
    stage(form, shown);
    form.querySelector(`[data-stage="${shown}"] :is(input, select)`)?.focus();
  };
  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-stages]");
    if (!form) return;
    if (event.target.closest("[data-next-stage]")) {
      const first = [...form.querySelectorAll('[data-stage="1"] input, [data-stage="1"] select')];
      const missing = first.find((one) => !one.checkValidity());
      if (missing) missing.reportValidity(); else turn(form, "2");
    }
    if (event.target.closest("[data-first-stage]")) turn(form, "1");
  });

  // The pump's rate from the volume and the ordered time.
  document.addEventListener("input", (event) => {
    const over = Number(event.target.dataset?.rateOver);
    if (!over) return;
    const volume = Number(event.target.value.replace(",", "."));
    event.target.closest(".field").querySelector("[data-rate]").textContent = volume > 0
      ? `over ${over} min: ${(volume * 60 / over).toFixed(1)} mL/h`
      : `over ${over} min`;
  });

  // The grid shows its newest end. A column half under the names is taken off: 134/84 must not be read as 4/84.
  const showNewest = (wrap) => {
    wrap.style.marginRight = "";
    wrap.scrollLeft = wrap.scrollWidth;
    const [names, ...columns] = wrap.querySelector("thead tr").cells;
    const edge = names.getBoundingClientRect().right;
    const cut = columns.map((one) => one.getBoundingClientRect()).find((at) => at.left < edge - 1 && at.right > edge + 1);
    if (!cut) return;
    wrap.style.marginRight = `${Math.ceil(cut.right - edge)}px`;
    wrap.scrollLeft = wrap.scrollWidth;
  };

  // Alarms are announced once; readings are not.
  let announced = "";
  const look = () => {
    document.querySelectorAll(".grid-wrap").forEach(showNewest);
    const said = document.querySelector("[data-alarms]")?.dataset.alarms.trim() || "";
    if (said && said !== announced) window.remit.announce(said);
    announced = said;
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "live") { look(); stay(event.target); }
    if (event.target.id.startsWith("refused-")) fill(event.target);
  });
  window.addEventListener("load", look);
  window.addEventListener("resize", () => document.querySelectorAll(".grid-wrap").forEach(showNewest));
})();
