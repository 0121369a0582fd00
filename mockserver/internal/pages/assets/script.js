// What scripts add. Every page works without them.
'use strict';

// Buttons that copy what they stand by.
for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.classList.add('copied');
  });
}

// The name of an organisation, as soon as its number is whole.
for (const form of document.querySelectorAll('[data-lookup]')) {
  const input = form.querySelector('[name=consumer_orgno]');
  const name = document.createElement('p');
  name.className = 'hint';
  name.setAttribute('role', 'status');
  input.after(name);
  input.addEventListener('input', async () => {
    name.textContent = '';
    const number = input.value.trim();
    if (!/^[0-9]{9}$/.test(number)) return;
    const answer = await fetch(form.dataset.lookup + number);
    if (answer.ok && input.value.trim() === number) name.textContent = (await answer.json()).name;
  });
}

// The journal, live: the first page of it follows what happens.
const live = document.querySelector('[data-live]');
if (live && !new URLSearchParams(location.search).get('page')) {
  setInterval(async () => {
    if (document.hidden || live.contains(document.activeElement)) return;
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-live]');
    if (fresh && fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
  }, 2000);
}

// Errors are where a reader's attention belongs.
document.getElementById('errors')?.focus();
