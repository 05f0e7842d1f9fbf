// The landing page: sends the number without leaving the page, and tells Back from every other way of leaving.
//
// After the number was sent there is one more entry in the history. Arriving on the entry before it is Back, and only that is told to
// the server (`/pay/left`), which cancels the payment unless this tab is heard of again at once. Reloading, closing the tab and
// following a link tell nothing.

import { begin, disconnect, hold, lost, main, swap, tab } from './live.js';

const SENT = 'sent';
const isSent = (state) => state?.kasse === SENT;

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set('tab', tab());
  const reply = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
  return reply.json();
}

function refuse(form, text) {
  const field = form.querySelector('[name=phone]');
  const title = form.dataset.errorTitle.replace('{t}', () => text);
  form.querySelector('.error').textContent = text;
  field.setAttribute('aria-invalid', 'true');
  document.title = `${title} – ${form.dataset.title}`;
  field.focus();
}

// The page as it is without a number having been asked for again.
function plain() {
  return location.href.replace(/([?&])number=new&/, '$1');
}

async function submit(form) {
  hold(form, true);
  try {
    const answer = await send(form);
    if (answer.error === 'phone_invalid') return refuse(form, form.dataset.phoneInvalid);
    if (answer.error === 'cannot_pay') return refuse(form, form.dataset.cannotPay);
    if (answer.error === 'too_many_here') return refuse(form, form.dataset.tooMany);
    if (answer.ok && !isSent(history.state)) history.pushState({ kasse: SENT }, '', plain());
    await swap(plain());
  } catch {
    lost(true);
  } finally {
    hold(form, false);
  }
}

document.addEventListener('submit', (event) => {
  if (!event.target.matches('form[data-phone]')) return;
  event.preventDefault();
  submit(event.target);
});

// "Use another number" stays in the page: a new entry in the history would be one Back more.
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-swap]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  swap(link.href).catch(() => location.assign(link.href));
});

addEventListener('popstate', (event) => {
  if (isSent(event.state)) {
    swap().catch(begin);
    return;
  }
  const form = main().querySelector('form[data-cancel]');
  disconnect();
  if (form) {
    const body = new URLSearchParams(new FormData(form));
    body.set('tab', tab());
    fetch(form.dataset.leftTo, { method: 'POST', body, keepalive: true }).catch(() => {});
  }
  history.back();
  // Where there is nothing to go back to, the page says what has become of the payment.
  setTimeout(() => swap().catch(begin), 4000);
});
