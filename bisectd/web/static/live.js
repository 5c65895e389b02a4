// SPDX-License-Identifier: GPL-2.0-or-later
// A job at work: the part of its page that changes is fetched anew while it does.

const live = document.getElementById("live");
const news = document.getElementById("news");
const PAUSE = 1000; // milliseconds
const TROUBLE = 5000;

let tag = `"${live.dataset.tag}"`;

function status() {
  return live.querySelector(".status");
}

function put(text) {
  const held = document.activeElement?.id;
  const open = [...live.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
  live.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  [...live.querySelectorAll(".scroll")].forEach((box, index) => { box.scrollLeft = open[index] ?? 0; });
  if (held) document.getElementById(held)?.focus();
  document.dispatchEvent(new Event("fragment"));
}

async function look() {
  const answer = await fetch(live.dataset.fragment, { headers: { "If-None-Match": tag }, cache: "no-store" });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(answer.statusText);
  tag = answer.headers.get("ETag") ?? tag;
  const before = status().dataset.state;
  put(await answer.text());
  if (status().dataset.state !== before) news.textContent = `The job is ${status().dataset.state}.`;
}

async function watch() {
  let pause = PAUSE;
  while (status().dataset.final === "no") {
    await new Promise((resume) => setTimeout(resume, pause));
    if (document.hidden) continue;
    try {
      await look();
      pause = PAUSE;
    } catch { // the server is away for a moment
      pause = TROUBLE;
    }
  }
  document.getElementById("cancel")?.remove();
}

watch();
