// Keeps a payer's page true while it is open.
//
// <main> says all there is to know: `data-stream` and `data-poll` are where the server tells of changes, `data-step` is what it
// calls the state that is shown. When the server calls it something else, the page is loaded anew and <main> changes places with the
// new one. While nothing is heard the page says so and asks instead; an outcome is shown only after the server has said it.
//
// A page is fetched as a document and its nodes are adopted. No text ever becomes markup or code here.

const POLL_MS = 2000;
const REOPEN_MS = 5000;
const WARNINGS = [300, 60, 30, 10];

let address = location.href; // where <main> is loaded from, or will be: what is heard meanwhile loads that too
let source = null; // the stream, while it is open or opening
let sourceAt = ''; // where it comes from
let polling = 0;
let reopening = 0;
let swaps = 0;
let leaving = 0;
const isOver = () => Boolean(document.querySelector('main a[data-after]'));
let hasGoneOn = performance.getEntriesByType('navigation')[0]?.type === 'back_forward' && isOver();
const ends = new WeakMap(); // timer -> the moment it ends, by performance.now()
const swapped = [];

export const main = () => document.querySelector('main');
export const onSwap = (then) => swapped.push(then);

export function say(text) {
  document.getElementById('announce').textContent = text;
}

// The same name for every load of a page in this tab: by it the server knows a reload from a payer who left.
export function tab() {
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  try {
    const known = sessionStorage.getItem('kasse_tab') ?? fresh();
    sessionStorage.setItem('kasse_tab', known);
    return known;
  } catch {
    return (tab.once ??= fresh());
  }
}

// ---- The page, loaded anew

function load(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.timeout = 10000;
    request.onload = () => {
      const isPage = request.status < 500 && request.response?.querySelector('main');
      const isElsewhere = new URL(request.responseURL || url, location.href).pathname !== new URL(url, location.href).pathname;
      if (isElsewhere) location.replace(request.responseURL);
      else if (isPage) resolve(request.response);
      else reject(new Error(`no page: ${request.status}`));
    };
    request.onerror = request.ontimeout = () => reject(new Error('no answer'));
    request.send();
  });
}

export async function swap(url = address) {
  const mine = ++swaps;
  address = url;
  const page = await load(url);
  if (mine !== swaps) return;
  const shown = main();
  const next = document.adoptNode(page.querySelector('main'));
  for (const part of next.querySelectorAll('noscript')) part.remove();
  const focused = document.activeElement;
  const wasInside = shown.contains(focused);
  shown.replaceWith(next);
  document.title = page.title;
  if (next.dataset.focus === 'keep') {
    if (wasInside) sameAs(focused, next)?.focus({ preventScroll: true });
    if (isNews(shown, next)) say(next.dataset.announce);
  } else {
    scrollTo(0, 0);
    next.querySelector('h1')?.focus();
    if (next.dataset.announce) say(next.dataset.announce);
  }
  begin();
  for (const then of swapped) then();
}

function sameAs(element, place) {
  const key = element.id ? `#${CSS.escape(element.id)}` : `[href="${CSS.escape(element.getAttribute('href') ?? '')}"]`;
  return place.querySelector(key) ?? place.querySelector('h1');
}

// Whether the first of the listed requests was not listed before.
function isNews(shown, next) {
  const ids = (page) => (page.dataset.ids ?? '').split(' ').filter(Boolean);
  const first = ids(next)[0];
  return Boolean(next.dataset.announce && first && !ids(shown).includes(first));
}

// ---- What the server tells

function heard({ step, left }) {
  lost(false);
  if (typeof left === 'number') for (const timer of document.querySelectorAll('main [role=timer]')) wind(timer, left);
  tick();
  const shown = main().dataset.step;
  if (shown !== undefined && step !== shown) swap().catch(() => lost(true));
}

export function lost(isLost) {
  const network = document.getElementById('network');
  const text = isLost ? network.dataset.text : '';
  if (network.textContent !== text) network.textContent = text;
}

async function ask() {
  const { poll } = main().dataset;
  if (!poll) return;
  try {
    const answer = await fetch(poll, { headers: { Accept: 'application/json' } });
    if (answer.ok && !answer.redirected) {
      lost(false);
      heard(await answer.json());
    } else if (answer.status < 500) {
      await swap(); // the link is no longer one; the page says so
    } else {
      lost(true);
    }
  } catch {
    lost(true);
  }
}

function poll(isOn) {
  clearInterval(polling);
  polling = isOn ? setInterval(ask, POLL_MS) : 0;
}

function connect() {
  const { stream, tab: isOfTab } = main().dataset;
  const at = stream && isOfTab !== undefined ? stream.replace('?', `?tab=${tab()}&`) : stream ?? '';
  if (at === sourceAt && source) return;
  disconnect();
  if (!at) return;
  sourceAt = at;
  source = new EventSource(at);
  source.addEventListener('state', (event) => heard(JSON.parse(event.data)));
  source.onopen = () => {
    poll(false);
    lost(false);
  };
  source.onerror = () => {
    if (!polling) {
      lost(true);
      poll(true);
      ask();
    }
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      clearTimeout(reopening);
      reopening = setTimeout(connect, REOPEN_MS);
    }
  };
}

export function disconnect() {
  source?.close();
  source = null;
  sourceAt = '';
  clearTimeout(reopening);
  poll(false);
  lost(false);
}

// ---- Time

function wind(timer, left) {
  ends.set(timer, performance.now() + left);
}

function tick() {
  for (const timer of document.querySelectorAll('main [data-left]')) {
    if (!ends.has(timer)) wind(timer, Number(timer.dataset.left));
    const left = Math.max(0, ends.get(timer) - performance.now());
    const seconds = Math.ceil(left / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const text = timer.dataset.text.replace('{t}', clock);
    if (timer.textContent !== text) timer.textContent = text;
    if (timer.getAttribute('role') === 'timer') warn(timer, seconds);
    const ring = timer.closest('.clock')?.querySelector('.ring-left');
    ring?.setAttribute('stroke-dashoffset', String(100 - Math.min(100, (100 * left) / Number(timer.dataset.total))));
  }
}

// Says how little is left, once, when it becomes so little.
function warn(timer, seconds) {
  const due = WARNINGS.findLast((at) => seconds <= at);
  const known = timer.dataset.said;
  timer.dataset.said = due ?? '';
  if (known !== undefined && due !== undefined && String(due) !== known) say(timer.getAttribute(`data-say-${due}`));
}

// ---- On to the shop

// One time for each load of the page, and not for a payer who came back to it.
function goOn() {
  const link = document.querySelector('main a[data-after]');
  if (!link || hasGoneOn) return;
  hasGoneOn = true;
  leaving = setTimeout(() => document.querySelector('main a[data-after]')?.click(), Number(link.dataset.after));
}

// ---- Beginning

export function begin() {
  tick();
  connect();
  goOn();
}

// A form goes once. Should nothing come of it, its buttons work again.
export function hold(form, isHeld) {
  clearTimeout(form.held);
  form.toggleAttribute('data-sent', isHeld);
  for (const button of form.querySelectorAll('button')) {
    if (isHeld) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }
  if (isHeld) form.held = setTimeout(() => hold(form, false), 10000);
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.hasAttribute('data-sent')) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    setTimeout(() => event.defaultPrevented || hold(form, true));
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') document.querySelector('main [data-esc]')?.focus();
});

// A stream that is cut without a word looks as if it were open.
addEventListener('offline', () => {
  lost(true);
  poll(true);
});
addEventListener('online', () => {
  disconnect();
  begin();
});

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) ask();
});

addEventListener('pagehide', () => clearTimeout(leaving));

addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  hasGoneOn ||= isOver();
  for (const form of document.querySelectorAll('form[data-sent]')) hold(form, false);
  disconnect();
  swap().catch(begin);
});

setInterval(tick, 500);
begin();
