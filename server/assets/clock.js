// Time left, counted by the server's clock: the browser's own may be wrong by hours.
// @ts-check

/** Difference between the server's time and this page's steady clock, in milliseconds. */
let offset = 0;

/** A clock that nobody can set while the page is open. */
const steady = () => performance.timeOrigin + performance.now();

/**
 * Takes over the server's time, as it came with the page or with a status.
 * @param {number} now milliseconds since the epoch
 */
export function setServerTime(now) {
  if (Number.isFinite(now)) offset = now - steady();
}

/** The server's time in milliseconds. */
export function serverNow() {
  return steady() + offset;
}

/**
 * 1分22秒 or 1 min 22 s.
 * @param {number} seconds
 */
export function spell(seconds) {
  const left = Math.max(0, seconds);
  const minutes = Math.floor(left / 60);
  const rest = left % 60;
  if (document.documentElement.lang === "ja") {
    return minutes ? `${minutes}分${String(rest).padStart(2, "0")}秒` : `${rest}秒`;
  }
  return minutes ? `${minutes} min ${String(rest).padStart(2, "0")} s` : `${rest} s`;
}

/**
 * @param {HTMLElement} element with data-until
 * @returns whole seconds, rounded up so that zero means over
 */
function secondsLeft(element) {
  return Math.ceil((Number(element.dataset.until) - serverNow()) / 1000);
}

/** @param {HTMLElement} element */
function showCountdown(element) {
  const seconds = secondsLeft(element);
  const words = seconds > 0 ? element.dataset.words : (element.dataset.over ?? element.dataset.words);
  const text = (words ?? "").replace("{time}", spell(seconds));
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLProgressElement} bar */
function showBar(bar) {
  bar.value = Math.max(0, Number(bar.dataset.until) - serverNow());
}

/** @param {HTMLButtonElement} button */
function showWaitingButton(button) {
  button.dataset.ready ??= button.textContent ?? "";
  const seconds = secondsLeft(button);
  const text = seconds > 0 ? (button.dataset.words ?? "").replace("{time}", spell(seconds)) : button.dataset.ready;
  button.disabled = seconds > 0;
  if (button.textContent !== text) button.textContent = text;
}

/**
 * @template {Element} T
 * @param {string} selector
 * @param {(element: T) => void} show
 */
function each(selector, show) {
  document.querySelectorAll(selector).forEach((element) => show(/** @type {T} */ (/** @type {unknown} */ (element))));
}

function tick() {
  each("[data-countdown]", showCountdown);
  each("progress[data-bar]", showBar);
  each("button[data-resend]", showWaitingButton);
}

const page = document.querySelector("[data-now]");
if (page instanceof HTMLElement) {
  setServerTime(Number(page.dataset.now));
  tick();
  setInterval(tick, 250);
}
