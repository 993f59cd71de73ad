// The automatic logout: says once that it is near, counts by the server's time, lets a person stay, and clears the page at
// the end, keeping what was half typed (SESS-09). Asking how long is left never extends the session (SESS-02).
// @ts-check

import { serverNow, setServerTime, spell } from "./clock.js";

/** @typedef {{expires_at: number, now: number, renewable: boolean}} Left */

const bar = /** @type {HTMLElement} */ (document.querySelector("[data-session]"));
const says = /** @type {HTMLElement} */ (bar.querySelector("[data-session-says]"));
const rest = /** @type {HTMLElement} */ (bar.querySelector("[data-session-rest]"));
const form = /** @type {HTMLFormElement} */ (bar.querySelector("form"));
const NEAR_MS = Number(bar.dataset.near) * 1000;

let until = Number(bar.dataset.until);
let over = false;
let asking = false;
setServerTime(Number(bar.dataset.now));

/** @returns {Promise<Left | undefined>} nothing when the session has ended */
async function ask() {
  const answer = await fetch(bar.dataset.status ?? "", { redirect: "manual", cache: "no-store" });
  return answer.ok ? await answer.json() : undefined;
}

/** @param {Left} left */
function take(left) {
  setServerTime(left.now);
  until = left.expires_at;
  form.hidden = !left.renewable;
  bar.querySelectorAll("[data-countdown]").forEach((part) => {
    if (part instanceof HTMLElement) part.dataset.until = String(until);
  });
}

/** One announcement; the seconds below it are for the eye. */
function warn() {
  bar.classList.add("is-near");
  rest.hidden = false;
  says.textContent = (says.dataset.near ?? "").replace("{time}", spell(Math.ceil((until - serverNow()) / 1000)));
}

function calm() {
  bar.classList.remove("is-near");
  rest.hidden = true;
  says.textContent = "";
}

/** What is half typed is kept on the server for the next login of the same account; passwords never (SESS-09). */
function keep() {
  const half = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-keep]"));
  const field = half?.elements.namedItem(half.dataset.keepField ?? "");
  const csrf = half?.elements.namedItem("csrf");
  if (!half || !(field instanceof HTMLInputElement) || !(csrf instanceof HTMLInputElement) || !field.value.trim()) return;
  const fields = new URLSearchParams({ csrf: csrf.value, [field.name]: field.value });
  fetch(half.dataset.keep ?? "", { method: "POST", body: fields, redirect: "manual", keepalive: true }).catch(() => undefined);
}

/** Nothing of the account stays on the screen. */
function clear() {
  over = true;
  keep();
  const words = /** @type {HTMLTemplateElement} */ (document.querySelector("template[data-session-over]"));
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  main.className = "narrow narrow--centre";
  main.replaceChildren(words.content.cloneNode(true));
  document.querySelectorAll("[data-inside]").forEach((part) => part.remove());
  document.title = main.querySelector("h1")?.textContent ?? "";
  bar.remove();
  main.focus();
}

async function look() {
  const left = until - serverNow();
  if (over || asking || left > NEAR_MS || (left > 0 && !rest.hidden)) return;
  asking = true;
  try {
    // Another tab may have extended it meanwhile.
    const found = await ask();
    if (found) take(found);
    if (!found || until <= serverNow()) clear();
    else if (until - serverNow() <= NEAR_MS) warn();
    else calm();
  } catch {
    // No connection: the server's word is missing, but the time is over all the same.
    if (left <= 0) clear();
    else warn();
  } finally {
    asking = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = new URLSearchParams();
  new FormData(form).forEach((value, name) => fields.append(name, String(value)));
  void (async () => {
    await fetch(form.action, { method: "POST", body: fields, redirect: "manual" });
    const found = await ask();
    if (!found) {
      clear();
      return;
    }
    take(found);
    calm();
    says.textContent = says.dataset.done ?? "";
  })();
});

setInterval(() => void look(), 1000);
addEventListener("pageshow", () => void look());
