// Keeps the whole site for use without a network. The build writes the list of files with their sums into FILES, so any
// change of the site changes this script, the browser notices, and only the files whose sum is new are fetched. While the
// server answers, its files are shown, so nobody sees an old build; the kept ones are for when it does not.

/** [path relative to this script, sum of its contents] */
const FILES = /* FILES */ [];

const BUILD = FILES.map(([, sum]) => sum).join("").replace(/[^0-9a-f]/g, "");
const CACHE = `gradlab-site-${checksum(BUILD)}`;
/** The trainer's own cache for the data set; it checks the sums whenever it unpacks the files. */
const DATA_CACHE = "gradlab-data-1";
/** The data set is large and never changes: fetched after the rest, and not asked for again. */
const isLarge = (path) => path.startsWith("www/data/");

/** A short name for a long text (FNV-1a, 32 bits). */
function checksum(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

/** Only one of the two builds is ever used in one browser: the smallest module with relaxed SIMD is valid, or not. */
const RELAXED_SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2,
  253, 133, 2, 11,
]);
const otherBuild = WebAssembly.validate(RELAXED_SIMD) ? "pkg/simd/" : "pkg/relaxed/";
const wanted = FILES.filter(([path]) => !path.startsWith(otherBuild) && path !== "service-worker.js");

const addressOf = (path) => new URL(path === "index.html" ? "./" : path, self.registration.scope).href;

self.addEventListener("install", (event) => {
  event.waitUntil(keep(wanted.filter(([path]) => !isLarge(path))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

// The page asks for it on each visit; what is there already costs nothing.
self.addEventListener("message", (event) => {
  if (event.data === "keep the data") {
    event.waitUntil(keep(wanted.filter(([path]) => isLarge(path))).then(dropOlder, () => {}));
  }
});

/** Puts files into this build's cache: from an older cache where the sum is the same, else from the server. */
async function keep(files) {
  const cache = await caches.open(CACHE);
  for (const [path, sum] of files) {
    const address = addressOf(path);
    const known = await caches.match(address, { ignoreVary: true });
    if (isLarge(path)) {
      if (!known) await (await caches.open(DATA_CACHE)).put(address, await fetched(path, address));
      continue;
    }
    if (known?.headers.get("X-Content-Sum") === sum) {
      if (!(await cache.match(address, { ignoreVary: true }))) await cache.put(address, known);
      continue;
    }
    await cache.put(address, await marked(await fetched(path, address), sum));
  }
}

async function fetched(path, address) {
  const response = await fetch(address, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/**
 * The response with its sum, and with the headers of cross-origin isolation: served from here, the page may share memory
 * between its workers even if its server sends no such headers.
 */
async function marked(response, sum) {
  const headers = withIsolation(response.headers);
  headers.set("X-Content-Sum", sum);
  const body = await response.blob();
  headers.set("Content-Length", String(body.size));
  return new Response(body, { status: 200, headers });
}

function withIsolation(original) {
  const headers = new Headers(original);
  // The body that is handed on is unpacked already.
  if (headers.has("Content-Encoding")) headers.delete("Content-Length");
  headers.delete("Content-Encoding");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return headers;
}

async function dropOlder() {
  for (const name of await caches.keys()) {
    if (name.startsWith("gradlab-site-") && name !== CACHE) await caches.delete(name);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.method === "GET" && request.url.startsWith(self.registration.scope);
  if (isOurs) event.respondWith(answer(request));
});

/** How long a server may take to begin an answer before the kept file is taken, in milliseconds. */
const PATIENCE = 4000;

/** What the server has, so that nobody sees an old build; without a server, what is kept. */
async function answer(request) {
  const address = request.mode === "navigate" ? addressOf("index.html") : request.url.split("?")[0];
  const isData = isLarge(address.slice(self.registration.scope.length));
  const kept = await (await caches.open(isData ? DATA_CACHE : CACHE)).match(address, { ignoreVary: true });
  if (!kept) return isolated(await fetch(request));
  if (isData) return kept;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  const fresh = fetch(request).then((response) => (response.status < 500 ? isolated(response) : kept), () => kept);
  return Promise.race([fresh, late]);
}

/** A page and its workers need the headers in each of their answers, or the browser refuses to mix them. */
function isolated(response) {
  if (response.type !== "basic" || !response.body) return response;
  const headers = withIsolation(response.headers);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
