// What the candidate's page keeps in place while the verdict is drawn anew.
"use strict";

(() => {
  // Which groups of reasons are open is the reader's choice, not the server's.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    for (const group of target.querySelectorAll("details[id]")) {
      const next = fragment.querySelector(`#${CSS.escape(group.id)}`);
      if (next) next.open = group.open;
    }
  });

  // An answer that could not be kept goes back to the one that is on record, and one that was kept becomes it.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form.answer");
    if (!form || !event.detail.successful) return;
    const kept = event.detail.requestConfig.parameters.answer;
    for (const choice of form.querySelectorAll("input[type=radio]")) choice.defaultChecked = choice.value === kept;
  });
  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failure, (event) => { event.target.closest?.("form.answer")?.reset(); });
  }
})();
