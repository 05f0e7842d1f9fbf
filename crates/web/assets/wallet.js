// The wallet: what keeps its pages true is in live.js; this keeps its shell at hand, where the browser can.

import './live.js';

const worker = document.querySelector('link[rel=manifest]')?.dataset.worker;

if (worker && 'serviceWorker' in navigator) {
  const asScript = { createScriptURL: (url) => url };
  const policy = window.trustedTypes?.createPolicy('kasse', asScript) ?? asScript;
  navigator.serviceWorker.register(policy.createScriptURL(worker)).catch(() => {});
}

// A menu closes where one presses elsewhere.
document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.payer[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
