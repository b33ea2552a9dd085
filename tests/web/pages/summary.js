// Where the focus is after a form was refused, and where the links of the summary lead it.
async () => {
  const faults = [];
  const summary = document.querySelector(".error-summary");
  if (!summary) return ["refused without a summary"];
  // The browser gives `autofocus` the focus when it next draws, which may be after the load event.
  for (let tries = 0; tries < 40 && document.activeElement !== summary; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (document.activeElement !== summary) faults.push("the focus is not in the summary");
  for (const link of summary.querySelectorAll("a")) {
    const target = document.getElementById(link.hash.slice(1));
    link.click();
    const at = document.activeElement;
    if (!target || at !== target) faults.push(`${link.hash} does not take the focus`);
    else if (!at.closest(".field--wrong, .group")) faults.push(`${link.hash} is in no wrong field`);
  }
  return faults;
}
