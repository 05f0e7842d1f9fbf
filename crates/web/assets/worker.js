// Keeps the wallet's own files at hand: style, scripts and icons, which never change under their addresses.
//
// No page and nothing about a payment or a payer is ever kept: whatever is not one of these files goes to the server, untouched.

const version = new URL(location.href).searchParams.get('v');
const shelf = `kasse-${version}`;
const files = ['kasse.css', 'live.js', 'wallet.js', 'icon.svg'].map((name) => `/assets/${version}/${name}`);

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(shelf).then((cache) => cache.addAll(files)));
});

self.addEventListener('activate', (event) => {
  const forgetOthers = (names) => Promise.all(names.filter((name) => name !== shelf).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(forgetOthers));
});

self.addEventListener('fetch', (event) => {
  if (!files.includes(new URL(event.request.url).pathname)) return;
  event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
});
