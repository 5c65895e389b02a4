// SPDX-License-Identifier: GPL-2.0-or-later
// The timeline: one stop for Tab, arrows along the versions, and a card with what the table says of each.

const marks = [...document.querySelectorAll(".mark")];
const card = document.getElementById("card");
const timeline = document.getElementById("timeline");
const rows = new Map([...document.querySelectorAll("tr[data-version]")].map((row) => [row.dataset.version, row]));

function fill(row) {
  card.replaceChildren();
  for (const cell of row.cells) {
    if (cell.dataset.name === "Evidence") continue;
    const line = document.createElement("p");
    for (const child of cell.childNodes) line.append(child.cloneNode(true));
    for (const link of line.querySelectorAll("a")) link.replaceWith(...link.childNodes);
    card.append(line);
  }
}

function show(mark) {
  const row = rows.get(mark.dataset.version);
  if (!row) return;
  fill(row);
  card.hidden = false;
  const frame = timeline.getBoundingClientRect();
  const at = mark.getBoundingClientRect();
  const left = Math.max(0, Math.min(at.left - frame.left - 12, frame.width - card.offsetWidth));
  card.style.left = `${left}px`;
  card.style.top = `${at.bottom - frame.top + 10}px`;
}

function hide() {
  card.hidden = true;
}

function reach(index) {
  const target = marks[Math.max(0, Math.min(index, marks.length - 1))];
  for (const mark of marks) mark.tabIndex = mark === target ? 0 : -1;
  target.focus();
}

const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

marks.forEach((mark, index) => {
  mark.tabIndex = index === marks.length - 1 ? 0 : -1;
  mark.addEventListener("mouseenter", () => show(mark));
  mark.addEventListener("mouseleave", hide);
  mark.addEventListener("focus", () => show(mark));
  mark.addEventListener("blur", hide);
  mark.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in steps) reach(index + steps[event.key]);
    else if (event.key === "Home") reach(0);
    else if (event.key === "End") reach(marks.length - 1);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
  });
});
