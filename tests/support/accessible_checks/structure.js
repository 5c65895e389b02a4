// SPDX-License-Identifier: GPL-2.0-or-later
// Names, order, structure: what WCAG 2.1 AA asks of every page and a machine can see.
() => {
  const wrong = [];
  const say = (what, element) => wrong.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const named = (element) => (element.getAttribute("aria-label") || element.textContent || "").trim();
  if (!document.documentElement.lang) wrong.push("no language");
  if (!document.title.trim()) wrong.push("no title");
  for (const [selector, count] of [["main", 1], ["h1", 1], ["header.top", 1], ["a.skip", 1]])
    if (document.querySelectorAll(selector).length !== count) wrong.push(`not ${count} of ${selector}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) wrong.push(`id ${id} twice`);
  let level = 0;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
    const its = Number(heading.tagName[1]);
    if (its > level + 1) say(`heading after h${level}`, heading);
    if (!named(heading)) say("empty heading", heading);
    level = its;
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]),select,textarea"))
    if (!(field.labels?.length || field.getAttribute("aria-label"))) say("no label", field);
  for (const control of document.querySelectorAll("a[href],button"))
    if (!named(control)) say("no name", control);
  for (const picture of document.querySelectorAll("img,svg[role=img]"))
    if (!(picture.alt || picture.getAttribute("aria-label"))) say("no text for", picture);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption?.textContent.trim()) say("no caption", table);
    for (const header of table.querySelectorAll("th")) if (!header.scope) say("no scope", header);
  }
  for (const reference of document.querySelectorAll("[aria-labelledby],[aria-describedby]"))
    for (const id of (reference.getAttribute("aria-labelledby") || reference.getAttribute("aria-describedby")).split(" "))
      if (!document.getElementById(id)) say(`refers to #${id}`, reference);
  for (const element of document.querySelectorAll("[style],[onclick],[onload],[onerror],style,script:not([src])"))
    say("inline", element);
  return wrong;
}
