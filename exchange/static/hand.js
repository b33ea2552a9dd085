// Dragging a row onto another opens the page of the price; nothing is changed by the drop itself.
// Without this script the link in each row leads to the same page.
(() => {
  "use strict";
  const board = document.querySelector("[data-board]");
  if (!board) return;
  let dragged = null;

  const target = (event) => {
    const place = event.target.closest?.("[data-student], [data-host]");
    return place && place !== dragged ? place : null;
  };
  const clear = () => document.querySelectorAll(".is-target").forEach((one) => one.classList.remove("is-target"));

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-student]") ?? null;
    if (dragged) event.dataTransfer.setData("text/plain", dragged.dataset.student);
  });
  document.addEventListener("dragend", () => { dragged = null; clear(); });
  document.addEventListener("dragover", (event) => {
    const place = dragged && target(event);
    clear();
    if (!place) return;
    event.preventDefault();
    place.classList.add("is-target");
  });
  document.addEventListener("drop", (event) => {
    const place = dragged && target(event);
    if (!place) return;
    event.preventDefault();
    const asked = new URLSearchParams({ student: dragged.dataset.student });
    if (place.dataset.host) asked.set("host", place.dataset.host);
    else asked.set("other", place.dataset.student);
    window.location.assign(`${board.dataset.board}?${asked}`);
  });
})();
