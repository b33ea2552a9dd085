// Ticks everybody on the page at once. Without this script each has a box of their own.
(() => {
  "use strict";
  const button = document.querySelector("[data-tick-all]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.form.querySelectorAll("input[name=application]").forEach((box) => { box.checked = true; });
  });
})();
