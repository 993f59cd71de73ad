// A withdrawal on its way: asks every five seconds how far it is and shows the page anew when it went on.
// The page works without this file: it reloads itself (WEB-10). Asking never extends the session (SESS-02).
// @ts-check

const EVERY_MS = 5000;

const page = /** @type {HTMLElement} */ (document.querySelector("[data-moves]"));
const address = page.dataset.moves ?? "";

async function ask() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(`${address}/status`, { cache: "no-store", redirect: "manual" });
    if (!answer.ok) return;
    const { stage } = await answer.json();
    if (stage !== page.dataset.stage) location.replace(`${address}?reload`);
  } catch {
    // No connection: the page stays as it is and asks again.
  }
}

setInterval(() => void ask(), EVERY_MS);
document.addEventListener("visibilitychange", () => void ask());
