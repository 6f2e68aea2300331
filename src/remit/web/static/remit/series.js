// Moving a session of a series: by dragging its chip, with the arrow keys, or in the form under the calendar.
// The page asks the server what stands against a time, and only the server moves.
"use strict";

(() => {
  const DRAG_FROM_PX = 6;
  let picked = null;
  let drag = null;

  const calendar = () => document.querySelector(".calendar");
  const panel = () => document.getElementById("moving");
  const cell = (day) => calendar()?.querySelector(`[data-day="${day}"]`);
  const field = (name) => panel().elements.namedItem(name);

  // Days as the form writes them; noon keeps clear of the nights on which clocks change.
  const shifted = (day, by) => {
    const at = new Date(`${day}T12:00:00Z`);
    at.setUTCDate(at.getUTCDate() + by);
    return at.toISOString().slice(0, "2026-11-23".length);
  };
  const later = (time, by) => {
    const [hours, minutes] = time.split(":").map(Number);
    const whole = Math.min(Math.max(hours * 60 + minutes + by, 0), 24 * 60 - 1);
    return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
  };

  function pick(chip) {
    if (picked === chip) return;
    leave();
    picked = chip;
    const { n, session, day, time, earliest, latest, window: lies } = chip.dataset;
    chip.classList.add("picked");
    panel().hidden = false;
    document.getElementById("moving-head").textContent = `Move session ${n}`;
    document.getElementById("moving-window").textContent = lies ? `May lie ${lies}.` : "Outside the plan: it has no window.";
    field("session").value = session;
    for (const one of calendar().querySelectorAll(".day[data-day]")) {
      one.classList.toggle("inside", Boolean(earliest) && one.dataset.day >= earliest && one.dataset.day <= latest);
    }
    put(day, time);
    document.getElementById("landing").replaceChildren();
  }

  function put(day, time) {
    field("day").value = day;
    field("time").value = time;
    mark(day);
  }

  function mark(day) {
    for (const one of calendar().querySelectorAll(".target")) one.classList.remove("target", "outside");
    const target = cell(day);
    if (!target || !picked) return;
    target.classList.add("target");
    target.classList.toggle("outside", !target.classList.contains("inside"));
  }

  function leave() {
    picked?.classList.remove("picked");
    picked = null;
    for (const one of calendar()?.querySelectorAll(".inside, .target") ?? []) one.classList.remove("inside", "target", "outside");
    const form = panel();
    if (form) { form.reset(); form.hidden = true; }
  }

  let waiting = 0;
  function ask() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const form = panel();
      if (!picked || !form.reportValidity()) return;
      const values = { ...Object.fromEntries(new FormData(document.getElementById("series-form"))), ...Object.fromEntries(new FormData(form)) };
      htmx.ajax("POST", calendar().dataset.look, { target: "#landing", swap: "innerHTML", values });
    }, 100);
  }

  const send = () => panel().requestSubmit();

  // Keyboard: arrows on a chip, Enter moves, Escape leaves.
  document.addEventListener("keydown", (event) => {
    const chip = event.target.closest?.("button.chip");
    if (event.key === "Escape" && picked) {
      const back = picked;
      leave();
      back.focus();
      return;
    }
    if (!chip) return;
    const step = Number(calendar().dataset.step);
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (by) {
      event.preventDefault();
      pick(chip);
      put(shifted(field("day").value, by[0]), later(field("time").value, by[1]));
      ask();
    } else if (event.key === "Enter" && picked === chip) {
      event.preventDefault();
      send();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) { const back = picked; leave(); back?.focus(); return; }
    const chip = event.target.closest("button.chip");
    if (chip && !drag) pick(chip);
  });
  document.addEventListener("input", (event) => {
    if (!event.target.closest("#moving") || event.target.name === "reason") return;
    mark(field("day").value);
    ask();
  });

  // Pointer: a chip follows the finger, and is moved to the day on which it is let go.
  document.addEventListener("pointerdown", (event) => {
    const chip = event.target.closest("button.chip");
    if (!chip || event.button !== 0) return;
    drag = { chip, x: event.clientX, y: event.clientY, moved: false, id: event.pointerId };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const x = event.clientX - drag.x, y = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(x, y) < DRAG_FROM_PX) return;
    if (!drag.moved) {
      drag.moved = true;
      pick(drag.chip);
      drag.chip.classList.add("dragged");
    }
    drag.shift?.cancel();
    // An animation that stands still: no style attribute, which the page's policy would refuse to a swapped element.
    drag.shift = drag.chip.animate({ translate: [`${x}px ${y}px`, `${x}px ${y}px`] }, { duration: 1, fill: "forwards" });
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".day[data-day]");
    if (over && over.dataset.day !== field("day").value) { put(over.dataset.day, field("time").value); ask(); }
  });
  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const { chip, moved } = drag;
    rest();
    if (!moved) { drag = null; return; }
    // The click that ends a drag is no press.
    setTimeout(() => { drag = null; }, 0);
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".day[data-day]");
    if (!over || over.dataset.day === chip.dataset.day) { leave(); return; }
    put(over.dataset.day, field("time").value);
    send();
  });
  document.addEventListener("pointercancel", () => {
    if (!drag) return;
    rest();
    drag = null;
    leave();
  });

  function rest() {
    drag.shift?.cancel();
    drag.chip.classList.remove("dragged");
  }

  // The calendar is drawn anew after a move: the chip keeps the focus, what happened is said, and what was refused
  // stays typed.
  let sent = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "moving") return;
    sent = { chip: picked?.id ?? "", typed: Object.fromEntries(new FormData(event.target)) };
    clearTimeout(waiting);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "series-part" || !sent) return;
    const { chip: id, typed } = sent;
    const chip = document.getElementById(id);
    picked = sent = null;
    chip?.focus();
    const said = document.querySelector("#series-part .notice");
    if (said) window.remit.announce(said.textContent.trim().replace(/\s+/g, " "));
    if (!chip || !document.getElementById("not-moved")) return;
    pick(chip);
    for (const [name, value] of Object.entries(typed)) if (field(name)) field(name).value = value;
    mark(typed.day);
  });
})();
