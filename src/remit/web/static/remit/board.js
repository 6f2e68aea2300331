// The board: a new alarm is announced once; at the desk, and only where somebody switched it on, it sounds.
"use strict";

(() => {
  const KEPT = "remit-board-sound";
  const AGAIN_MS = 60_000;
  const board = document.getElementById("board");
  const button = document.getElementById("sound");
  let said = new Set();
  let tone = null;

  const shown = () => board.querySelector("[data-said]");

  // Two short tones, made here: no file, no loudness that startles.
  const sound = () => {
    if (tone?.state !== "running") return;
    for (const [at, pitch] of [[0, 660], [0.28, 520]]) {
      const voice = tone.createOscillator();
      const gain = tone.createGain();
      const from = tone.currentTime + at;
      voice.frequency.value = pitch;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(0.15, from + 0.02);
      gain.gain.linearRampToValueAtTime(0, from + 0.24);
      voice.connect(gain).connect(tone.destination);
      voice.start(from);
      voice.stop(from + 0.26);
    }
    board.dataset.sounded = String(Number(board.dataset.sounded || 0) + 1);
  };

  const draw = () => {
    const wanted = localStorage.getItem(KEPT) === "1";
    const ready = tone?.state === "running";
    button.setAttribute("aria-pressed", String(wanted && ready));
    button.querySelector("span").textContent = !wanted ? "Sound off" : ready ? "Sound on" : "Sound: press to allow";
    board.toggleAttribute("data-live-always", wanted && ready);
  };

  button.hidden = false;
  button.addEventListener("click", async () => {
    const on = localStorage.getItem(KEPT) === "1" && tone?.state === "running";
    localStorage.setItem(KEPT, on ? "0" : "1");
    if (on) { await tone.close(); tone = null; } else {
      tone ??= new AudioContext();
      await tone.resume();
      sound();
    }
    draw();
  });
  draw();

  // What comes up is said once; what goes on is not said again.
  const look = () => {
    const now = new Set((shown()?.dataset.said || "").split("\n").filter(Boolean));
    const fresh = [...now].filter((line) => !said.has(line));
    if (fresh.length) window.remit.announce(fresh.join(" "));
    if (fresh.length && Number(shown().dataset.waiting)) sound();
    said = now;
  };
  document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "board") look(); });
  // Who has arrived moves up to the chairs: the name there is where the keyboard goes on.
  document.addEventListener("htmx:afterSwap", (event) => {
    const [, session] = (event.detail.requestConfig?.elt.id || "").match(/^arrived-(.+)$/) || [];
    if (session && event.detail.xhr.status < 300) document.getElementById(`open-${session}`)?.focus({ preventScroll: true });
  });
  setInterval(() => { if (Number(shown()?.dataset.waiting)) sound(); }, AGAIN_MS);
  window.addEventListener("load", look);
})();
