// What the tests share: a mock that serves, a browser, and what its pages say.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const program = process.env.MASKINPORTEN_MOCK;

/** startMock starts the mock on a free port; stop() ends it. */
export async function startMock(...flags) {
  const child = spawn(program, ['-listen', '127.0.0.1:0', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const ready = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
  const base = new URL(ready.control).origin;
  return {
    ready, base,
    async control(method, path, body) {
      const answer = await fetch(`${base}/_mock/${path}`, { method, body: body && JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
      return answer.json();
    },
    stop: () => new Promise((done) => { child.once('exit', done); child.kill(); }),
  };
}

/** startBrowser starts Debian's chromium with an empty profile. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, timeout: 60_000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

/**
 * newPerson is somebody with a browser of their own. What its pages ask of other
 * hosts, and what goes wrong in them, is collected in troubles.
 */
export async function newPerson(browser, mock, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const troubles = [];
  page.on('request', (request) => { if (!request.url().startsWith(mock.base)) troubles.push(`asks ${request.url()}`); });
  page.on('pageerror', (error) => troubles.push(`script: ${error.message}`));
  page.on('console', (message) => { if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) troubles.push(message.text()); });
  return { page, context, troubles };
}

/** texts are those of the pages in one language, from their catalogue. */
export function texts(language) {
  const found = {};
  let key = '';
  let lines = [];
  for (const line of readFileSync(new URL('../texts.txt', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('\t')) {
      lines.push(line.slice(1));
      found[key] = lines[language === 'en' ? 1 : 0] ?? lines[0];
    } else if (line && !line.startsWith('//')) {
      [key, lines] = [line, []];
    }
  }
  return (name, ...values) => {
    if (!(name in found)) throw new Error(`there is no text ${name}`);
    return values.reduce((text, value) => text.replace(/%[sd]/, value), found[name]);
  };
}
