// Keeps the approve button inert for 800 ms after the screen, the window or the tab came to the front, so that a
// click meant for something else cannot approve (APPR-04). Hidden means inert.

const QUIET_MS = 800;

/**
 * @param {(steady: boolean) => void} onchange
 * @returns {{ steady: () => boolean, stop: () => void }}
 */
export function steadyWindow(onchange) {
  let steady = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const restart = () => {
    clearTimeout(timer);
    steady = false;
    onchange(false);
    if (document.hidden) return;
    timer = setTimeout(() => {
      steady = !document.hidden;
      onchange(steady);
    }, QUIET_MS);
  };
  window.addEventListener("focus", restart);
  document.addEventListener("visibilitychange", restart);
  restart();
  return {
    steady: () => steady && !document.hidden,
    stop: () => {
      clearTimeout(timer);
      window.removeEventListener("focus", restart);
      document.removeEventListener("visibilitychange", restart);
    },
  };
}
