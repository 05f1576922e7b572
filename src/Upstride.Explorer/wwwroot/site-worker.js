// Without a network the site is what it was when it was last loaded: its files are kept, those too that only pictures and models need.
// With a network every file comes from there, so that a newer site is seen at once.
importScripts('site-files.js');
const { version, assets } = self.assetsManifest, mine = `upstride ${registration.scope} `, name = mine + version;

addEventListener('install', () => skipWaiting());
addEventListener('activate', e => e.waitUntil(clients.claim()));
addEventListener('message', e => { if (e.data === 'keep') e.waitUntil(keep().then(() => e.source?.postMessage('kept'))); });
addEventListener('fetch', e => {
  if (e.request.method === 'GET' && e.request.url.startsWith(registration.scope)) e.respondWith(answer(e.request));
});

async function answer(request) {
  try {
    return await fetch(request);
  } catch (fault) {
    const url = request.mode === 'navigate' ? 'index.html' : request.url, by = { ignoreSearch: true, ignoreVary: true };
    const found = await (await caches.open(name)).match(url, by) ?? await caches.match(url, by);
    if (found) return found;
    throw fault;
  }
}

// One after the other, so that what the reader does comes first. What the page has fetched comes from the browser's own cache.
async function keep() {
  const kept = await caches.open(name);
  for (const { url } of assets) {
    if (await kept.match(url)) continue;
    const found = await fetch(url);
    if (found.ok) await kept.put(url, found);
  }
  for (const old of await caches.keys()) if (old.startsWith(mine) && old !== name) await caches.delete(old);
}
