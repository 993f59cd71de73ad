// Rooms with numbers that move: they fetch themselves anew every half minute, or as often as they say, and put the new numbers
// in the place of the old ones.
// The page works without this file. Fetching never extends the session (SESS-02).
// @ts-check

const EVERY_MS = 30_000;

/** How long until the next time. */
function pause() {
  const asked = document.querySelector("[data-refresh]")?.getAttribute("data-refresh");
  return Number(asked) * 1000 || EVERY_MS;
}

/**
 * The same page as it is now. Parsing a text takes trusted types, which the page's policy does not allow; a request for a document does not.
 * @param {string} address
 * @returns {Promise<Document | null>}
 */
function ask(address) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.onloadend = () => done(request.status === 200 ? request.responseXML : null);
    request.send();
  });
}

async function fetchAnew() {
  const old = document.querySelector("[data-refresh]");
  if (document.visibilityState !== "visible" || !old || old.contains(document.activeElement)) return;
  const address = new URL(location.href);
  address.searchParams.set("reload", "");
  // Without a connection the numbers stay as they are, with the time they are of.
  const page = await ask(address.href);
  const fresh = page?.querySelector("[data-refresh]");
  if (!fresh) return;
  // What was opened stays open.
  const open = [...old.querySelectorAll("details")].map((it) => it.open);
  fresh.querySelectorAll("details").forEach((it, place) => { it.open = open[place] ?? false; });
  old.replaceWith(fresh);
}

async function goOn() {
  await fetchAnew();
  setTimeout(() => void goOn(), pause());
}

setTimeout(() => void goOn(), pause());
document.addEventListener("visibilitychange", () => void fetchAnew());
