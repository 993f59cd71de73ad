// Keeps the approve button inert for 800 ms after the screen, the window or the tab came to the front, so that a
// click meant for something else cannot approve (APPR-04). Hidden means inert.

const QUIET_MS = 800;

/**
 * @param {(steady: boolean) => void} onchange
 * @returns {{ stop: () => void }}
 */
export function steadyWindow(onchange) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const restart = () => {
    clearTimeout(timer);
    onchange(false);
    if (document.hidden) return;
    timer = setTimeout(() => onchange(!document.hidden), QUIET_MS);
  };
  window.addEventListener("focus", restart);
  document.addEventListener("visibilitychange", restart);
  restart();
  return {
    stop: () => {
      clearTimeout(timer);
      window.removeEventListener("focus", restart);
      document.removeEventListener("visibilitychange", restart);
    },
  };
}
