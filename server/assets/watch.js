// The room with the charts: fetches itself anew every half minute and puts the new numbers in the place of the old ones.
// The page works without this file. Fetching never extends the session (SESS-02).
// @ts-check

const EVERY_MS = 30_000;

async function fetchAnew() {
  const old = document.querySelector("[data-refresh]");
  if (document.visibilityState !== "visible" || !old || old.contains(document.activeElement)) return;
  try {
    const address = new URL(location.href);
    address.searchParams.set("reload", "");
    const answer = await fetch(address, { cache: "no-store", redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-refresh]");
    if (!fresh) return;
    // What was opened stays open.
    const open = [...old.querySelectorAll("details")].map((it) => it.open);
    fresh.querySelectorAll("details").forEach((it, place) => { it.open = open[place] ?? false; });
    old.replaceWith(fresh);
  } catch {
    // No connection: the numbers stay as they are, with the time they are of.
  }
}

setInterval(() => void fetchAnew(), EVERY_MS);
document.addEventListener("visibilitychange", () => void fetchAnew());
