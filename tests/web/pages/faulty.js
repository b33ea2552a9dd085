// Fill in the form that sends to `action` as somebody does who understood nothing, and send it.
({ action, typed }) => {
  const path = (form) => new URL(form.getAttribute("action") || location.pathname, location).pathname;
  const form = [...document.querySelectorAll("main form[method=post]")].find((f) => path(f) === action);
  for (const e of form.elements) {
    if (["hidden", "submit"].includes(e.type) || e.tagName === "FIELDSET" || e.type === "file") continue;
    if (["checkbox", "radio"].includes(e.type)) e.checked = false;
    else if (e.tagName === "SELECT") e.selectedIndex = 0;
    else e.value = typed;
  }
  const own = [...form.elements].filter((e) => e.type === "submit" && form.contains(e));
  form.requestSubmit(own.find((e) => !e.name) || own[0]);
}
