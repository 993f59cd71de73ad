// Follows one attempt: server-sent events, and asking every two seconds when they do not come through.
// The page works without this file: it reloads itself and shows a button (WEB-10).
// @ts-check

import { setServerTime } from "./clock.js";

/** @typedef {{state: string, expires_at: number, now: number}} Status */

const POLL_MS = 2000;
/** Long enough to see the halves meet, short enough not to wait for it. */
const JOIN_MS = 220;

const page = /** @type {HTMLElement} */ (document.querySelector("[data-live]"));
const address = page.dataset.live ?? "";

/** @type {EventSource | undefined} */
let source;
/** @type {ReturnType<typeof setInterval> | undefined} */
let polling;
let failures = 0;
let over = false;

function stop() {
  over = true;
  source?.close();
  clearInterval(polling);
}

/** @param {boolean} offline */
function sayOffline(offline) {
  const note = page.querySelector("[data-offline]");
  if (note instanceof HTMLElement) note.hidden = !offline;
}

/** The two halves meet, the page says so, and the form carries the approval to the server. */
function finish() {
  const form = document.querySelector("#continue");
  if (!(form instanceof HTMLFormElement)) {
    location.replace(address);
    return;
  }
  page.classList.add("is-joined");
  page.querySelectorAll("[data-waiting-part]").forEach((part) => part.setAttribute("hidden", ""));
  page.querySelectorAll("[data-approved-part]").forEach((part) => part.removeAttribute("hidden"));
  setTimeout(() => form.submit(), JOIN_MS);
}

/** @param {Status} status */
function take(status) {
  if (over) return;
  failures = 0;
  sayOffline(false);
  setServerTime(status.now);
  if (status.state === "pending") return;
  stop();
  if (status.state === "approved") finish();
  else location.replace(address);
}

/** One failure is nothing on a phone; two in a row are said. */
function fail() {
  failures += 1;
  if (failures >= 2 && !over) sayOffline(true);
}

async function ask() {
  if (over) return;
  try {
    const answer = await fetch(`${address}/status`, { cache: "no-store", headers: { accept: "application/json" } });
    if (answer.ok) take(await answer.json());
    else if (answer.status === 404 || answer.status === 410) {
      stop();
      location.replace(address);
    } else fail();
  } catch {
    fail();
  }
}

function poll() {
  if (polling) return;
  polling = setInterval(ask, POLL_MS);
  ask();
}

function listen() {
  source = new EventSource(`${address}/events`);
  source.addEventListener("state", (event) => {
    clearInterval(polling);
    polling = undefined;
    take(JSON.parse(event.data));
  });
  // The browser connects again by itself; until it succeeds, and if it gives up, we ask.
  source.addEventListener("error", () => {
    if (over) return;
    poll();
  });
}

if (page.dataset.state === "approved") {
  over = true;
  finish();
} else {
  listen();
  // A phone that comes back from the app has slept: ask at once instead of waiting for the stream to notice.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) ask();
  });
  // Says early that nothing comes through, e.g. behind a proxy that holds streams back.
  setTimeout(() => {
    if (source?.readyState !== EventSource.OPEN) poll();
  }, 3000);
}
