// SPDX-License-Identifier: GPL-2.0-or-later
// Before anything is drawn: the theme that was chosen here, if one was.
"use strict";
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* storage is forbidden: the system's theme it is */ }
