// SPDX-License-Identifier: GPL-2.0-or-later
// Where the keyboard is, and whether that is seen.
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const box = element.getBoundingClientRect();
  return { what: element.outerHTML.slice(0, 100), shown, seen: box.width > 0 && box.height > 0 };
}
