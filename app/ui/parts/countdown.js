// The time that is left, counted down on the page's own monotonic clock from what the core said.

import { h } from "../dom.js";
import { t, timeLeft } from "../i18n.js";

/**
 * @typedef {object} Countdown
 * @property {HTMLElement} root
 * @property {(seconds: number) => void} set
 * @property {() => boolean} over whether the time is up, or as good as
 * @property {() => void} stop
 */

/**
 * @param {object} options
 * @param {number} options.seconds
 * @param {string} options.testid
 * @param {() => void} [options.onend]
 * @param {() => void} [options.onsoon] once, when 30 seconds are left
 * @returns {Countdown}
 */
export function countdown({ seconds, testid, onend, onsoon }) {
  const root = h("p", { class: "countdown", testid, role: "timer", "aria-live": "off" });
  let end = performance.now() + seconds * 1000;
  let told = seconds <= 30;
  const tick = () => {
    const left = (end - performance.now()) / 1000;
    root.textContent = t("time.left", { time: timeLeft(left) });
    root.classList.toggle("countdown--soon", left <= 30);
    if (!told && left <= 30) {
      told = true;
      onsoon?.();
    }
    if (left <= 0) {
      stop();
      onend?.();
    }
  };
  const timer = setInterval(tick, 500);
  const stop = () => clearInterval(timer);
  tick();
  return {
    root,
    set: (fresh) => {
      end = performance.now() + fresh * 1000;
      tick();
    },
    over: () => end - performance.now() < 2000,
    stop,
  };
}
