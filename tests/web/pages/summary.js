// Where the focus is after a form was refused, and where the links of the summary lead it.
() => {
  const faults = [];
  const summary = document.querySelector(".error-summary");
  if (!summary) return ["refused without a summary"];
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
