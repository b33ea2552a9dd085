// What a person with a phone, a keyboard or large letters would miss, and axe does not look for.
// Answers with sentences, one for each fault of the page as it stands.
({ lang, dir }) => {
  const BUTTON_PX = 44, TARGET_PX = 24, BAR_PX = 4, NEAR_PX = 24, SLACK_PX = 2;
  const root = document.documentElement;
  const main = document.querySelector("main");
  const faults = [];
  const name = (e) => `<${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}.${e.className}> ` +
    (e.innerText || e.name || "").trim().slice(0, 40);
  const say = (what, e) => faults.push(e ? `${what}: ${name(e)}` : what);
  const box = (e) => e.getBoundingClientRect();
  const isSeen = (e) => e.checkVisibility({ visibilityProperty: true }) &&
    box(e).width > 1 && box(e).bottom > 0 - scrollY && !e.closest(".visually-hidden");
  const all = (what, where = document) => [...where.querySelectorAll(what)].filter(isSeen);
  const startOf = (e) => dir === "rtl" ? -box(e).right : box(e).left;

  const overflow = (when) => {
    if (root.scrollWidth <= root.clientWidth) return;
    const widest = all("body *").filter((e) => !e.closest(".scroll"))
      .filter((e) => box(e).right > root.clientWidth + 1 || box(e).left < -1);
    say(`${root.scrollWidth} px wide on ${root.clientWidth} ${when}`, widest.at(-1) || document.body);
  };

  // The frame: one heading, the same words on the tab, language and direction as asked for.
  const headings = document.querySelectorAll("h1");
  if (headings.length !== 1) say(`${headings.length} h1`);
  const words = (text) => text.replace(/\s+/g, " ").trim();
  const title = words(document.title);
  const heading = words(headings[0]?.textContent || "");
  if (!heading || title.slice(0, title.lastIndexOf(" – ")) !== heading) {
    say(`title "${title}" over heading "${heading}"`);
  }
  if (root.lang !== lang || root.dir !== dir) say(`in ${root.lang} ${root.dir}`);
  if (getComputedStyle(document.body).direction !== dir) say("drawn in the other direction");

  // A box stands with its words: below them, or beside them when it is a box to tick.
  for (const label of all("label[for]")) {
    const control = document.getElementById(label.htmlFor);
    const isTick = ["checkbox", "radio"].includes(control.type);
    const [l, c] = [box(label), box(control)];
    const isLabelFirst = label.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (isTick) {
      const gap = startOf(label) - (dir === "rtl" ? -c.left : c.right);
      if (isLabelFirst || gap < 0 || gap > NEAR_PX || l.top > c.bottom || c.top > l.bottom) {
        say("a tick box is apart from its words", label);
      }
      continue;
    }
    // Hint and error stand in between, and nothing else.
    let bottom = l.bottom;
    for (const e of all(".hint, .field-error", label.parentElement)) bottom = Math.max(bottom, box(e).bottom);
    if (!isLabelFirst || c.top < bottom - SLACK_PX || c.top - bottom > NEAR_PX) {
      say("a box is apart from its words", label);
    }
    const isOfDay = control.closest(".day");  // Day, month and year go left to right everywhere.
    if (!isOfDay && Math.abs(startOf(label) - startOf(control)) > SLACK_PX) {
      say("a box begins elsewhere than its words", label);
    }
  }

  // What is wrong has a bar where its lines begin, and says so before its box.
  for (const field of all(".field--wrong")) {
    const style = getComputedStyle(field);
    const [start, end] = dir === "rtl" ? ["Right", "Left"] : ["Left", "Right"];
    if (parseFloat(style[`border${start}Width`]) < BAR_PX || parseFloat(style[`border${end}Width`])) {
      say("no bar where the lines begin", field);
    }
    const first = field.querySelector("input, select, textarea");
    const error = all(".field-error", field)[0];
    if (!error) say("no words of what is wrong", field);
    else if (first && box(error).bottom > box(first).top + SLACK_PX) say("told after the box", field);
  }

  // Targets for a thumb. A link inside a sentence is as high as its line, which WCAG 2.2 allows.
  const isInSentence = (e) => e.tagName === "A" &&
    words(e.parentElement.innerText).length > words(e.innerText).length + 2;
  const stops = all("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']");
  for (const e of stops) {
    let area = box(e);
    if (["checkbox", "radio"].includes(e.type)) area = box(e.closest(".option") || e);
    if (e.closest(".skip-link")) continue;
    const isButton = e.matches("button:not(.languages *), .button, summary");
    const least = isButton ? BUTTON_PX : TARGET_PX;
    if (area.height + 0.5 < least && !isInSentence(e)) say(`only ${Math.round(area.height)} px high`, e);
    if (area.width + 0.5 < TARGET_PX && !isInSentence(e)) say(`only ${Math.round(area.width)} px wide`, e);
  }
  for (const e of all(".button, .tag, legend, h1, h2, h3")) {
    if (e.scrollWidth > e.clientWidth + SLACK_PX && e.clientWidth) say("words run out of it", e);
  }

  // The Tab key goes the way the eye reads: down, and from start to end within a line.
  if (document.querySelector("[tabindex]:not([tabindex='0'], [tabindex='-1'])")) say("a made-up tab order");
  const inMain = stops.filter((e) => main.contains(e) && e.tabIndex >= 0);
  inMain.slice(1).forEach((e, at) => {
    const [from, to] = [box(inMain[at]), box(e)];
    const isSameLine = from.top < to.bottom - SLACK_PX && to.top < from.bottom - SLACK_PX;
    const isOfDay = e.closest(".day") && inMain[at].closest(".day") === e.closest(".day");
    const isBack = dir === "rtl" && !isOfDay ? to.left > from.right : to.right < from.left;
    if (!isSameLine && to.bottom <= from.top) say("Tab goes up", e);
    if (isSameLine && isBack && !e.closest("td, th")) say("Tab goes back", e);
  });

  overflow("");
  root.style.fontSize = "200%";
  overflow("with letters twice as large");
  root.style.fontSize = "";
  return faults;
}
