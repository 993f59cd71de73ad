// Development only: pictures of every scene. `node --experimental-websocket tests/ui-preview/shoot.mjs OUT [scene,scene] [phone,small,desktop] [ja,en] [light,dark]`
// Needs Node 20 or later and a Chromium; serves the repository root itself.

import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { scenes } from "./scenes.js";

const [out = "preview", wanted = "", sizes = "phone", languages = "ja", themes = "light"] = process.argv.slice(2);
const SIZES = { phone: [390, 844], small: [320, 640], desktop: [1100, 800] };
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const server = createServer((request, response) => {
  let path = normalize(new URL(request.url, "http://x").pathname);
  if (path.endsWith("/")) path += "index.html";
  try {
    const body = readFileSync(join(ROOT, path));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain", "cache-control": "no-store" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const profile = mkdtempSync(join(tmpdir(), "preview-"));
const browser = spawn(process.env.CHROMIUM ?? "chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"]);
const endpoint = await new Promise((resolve) => browser.stderr.on("data", (chunk) => {
  const found = /ws:\/\/\S+/.exec(String(chunk));
  if (found) resolve(found[0]);
}));
const targets = await (await fetch(`http://${new URL(endpoint).host}/json`)).json();
const socket = new WebSocket(targets.find((target) => target.type === "page").webSocketDebuggerUrl);
await new Promise((resolve) => socket.addEventListener("open", resolve));
let id = 0;
const pending = new Map();
socket.addEventListener("message", ({ data }) => {
  const message = JSON.parse(data);
  if (message.method === "Runtime.exceptionThrown") console.error(message.params.exceptionDetails.exception?.description ?? message.params.exceptionDetails.text);
  if (message.method === "Runtime.consoleAPICalled") console.error("console:", ...message.params.args.map((a) => a.description ?? a.value));
  pending.get(message.id)?.(message.result);
});
const cdp = (method, params = {}) => new Promise((resolve) => {
  pending.set(++id, resolve);
  socket.send(JSON.stringify({ id, method, params }));
});

await cdp("Page.enable");
await cdp("Runtime.enable");
mkdirSync(out, { recursive: true });
for (const size of sizes.split(",")) for (const lang of languages.split(",")) for (const theme of themes.split(",")) {
  const [width, height] = SIZES[size];
  await cdp("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  await cdp("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: theme }, { name: "prefers-reduced-motion", value: "reduce" }] });
  for (const scene of wanted ? wanted.split(",") : Object.keys(scenes)) {
    await cdp("Page.navigate", { url: `${origin}/tests/ui-preview/?scene=${scene}&lang=${lang}` });
    for (let tries = 0; tries < 60; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { result } = await cdp("Runtime.evaluate", { expression: "document.title" });
      if (result?.value === "ready") break;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
    const { result } = await cdp("Runtime.evaluate", { expression: "document.documentElement.scrollWidth > innerWidth ? 'overflows sideways' : ''" });
    if (result.value) console.error(scene, size, lang, result.value);
    const { data } = await cdp("Page.captureScreenshot", { format: "png" });
    writeFileSync(join(out, `${scene}-${size}-${lang}-${theme}.png`), Buffer.from(data, "base64"));
  }
}
browser.kill();
server.close();
socket.close();
