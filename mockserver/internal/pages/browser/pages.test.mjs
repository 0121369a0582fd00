// Every page, in light and dark, wide and at 320 px: what axe-core finds, whether it
// fits, and that nothing is asked of another host.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { newPerson, startBrowser, startMock } from './mock.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const password = 'korrekt hest';
const client = 'vaer-klient';

let browser;
let mock;
before(async () => {
  browser = await startBrowser();
  mock = await startMock();
  await fill();
});
after(async () => {
  await browser.close();
  await mock.stop();
});

/** fill makes a world in which every page has something to show. */
async function fill() {
  await mock.control('POST', 'organizations', { orgno: '991825827', name: 'Digitaliseringsdirektoratet', domains: ['digdir.no'], managers: ['sjef@digdir.no'] });
  const world = await mock.control('GET', 'snapshot');
  world.portal.users.push({ mail: 'sjef@digdir.no', name: 'Sjefen', password, production: ['apis', 'integrations'], pid: '01010112345' });
  const env = world.environments.test;
  for (let i = 0; i < 45; i++) env.scopes.push({ name: `difi:tjeneste${i}/lese.alt`, description: `Lese alt fra tjeneste ${i}`, active: i % 5 !== 0 });
  for (let i = 0; i < 25; i++) {
    const { orgno } = await mock.control('GET', `organization-numbers?number=${i}`);
    env.accesses.push({ scope: 'difi:tjeneste1/lese.alt', consumer_orgno: orgno });
  }
  const key = (await mock.control('GET', 'keys?number=3')).public_jwk;
  env.clients.push(
    { client_id: client, client_name: 'Værklienten', client_orgno: '991825827', scopes: ['difi:tjeneste1/lese.alt'], jwks: { keys: [{ ...key, kid: 'nokkel-1' }] } },
    { client_id: 'innlogging', client_name: 'Innlogging', client_orgno: '991825827', integration_type: 'api_klient', redirect_uris: ['https://eksempel.no/inn'], token_endpoint_auth_method: 'client_secret_post', onbehalfof: [{ onbehalfof: 'kommunen', name: 'Kommunen' }] },
  );
  await mock.control('PUT', 'snapshot', world);
  await mock.control('POST', 'faults', { operation: 'GET /scopes', status: 503 });
  await fetch(`${mock.base}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) });
}

const forEverybody = ['/', '/portal/register', '/portal/login', '/portal/help', '/portal/registered?mail=a@digdir.no', '/portal/confirm?token=x', '/portal/nothing'];
const signedIn = [
  '/portal/profile', '/portal/profile/pid', '/portal/profile/access', '/portal/terms', '/portal/idporten', '/portal/organization', '/portal/organization/production', '/portal/organization/rights',
  '/portal/organization/restrict', '/portal/prefixes/new', '/portal/services', '/portal/administration', '/portal/notifications',
  ...['/scopes', '/scopes?q=finnes-ikke', '/scopes/new', '/scope?name=difi:tjeneste1/lese.alt', '/scope?name=difi:tjeneste0/lese.alt', '/scope/edit?name=difi:tjeneste1/lese.alt',
    '/scope/access?name=difi:tjeneste1/lese.alt', '/scope/deactivate?name=difi:tjeneste1/lese.alt', '/keys', '/integrations', '/integrations/new',
    '/integrations/new?type=maskinporten', '/integrations/new?type=idporten', '/integrations/api-tilbyder-991825827',
    ...['', '/edit', '/keys', '/keys/new', '/scopes', '/onbehalfof', '/merchant-data', '/deactivate'].map((tab) => `/integrations/${client}${tab}`),
    '/integrations/innlogging', '/integrations/innlogging/onbehalfof'].map((path) => `/portal/env/test${path}`),
  '/portal/env/ver1/scopes', '/portal/env/prod/scopes',
];
const workbench = ['/', '/token', '/requests', '/world', '/world?list=clients', '/time', '/mail', '/digdir', '/altinn'].map((path) => `/workbench${path}`);

async function signIn(page) {
  await page.goto(`${mock.base}/portal/login`);
  await page.fill('#f-mail', 'sjef@digdir.no');
  await page.fill('#f-password', password);
  await page.click('main form button');
  await page.waitForURL('**/portal/profile');
}

/** violations are what axe-core finds on a page, as short texts. */
async function violations(page, rules) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const { violations: found } = await page.evaluate((only) => window.axe.run(document, { resultTypes: ['violations'], ...only }), rules && { runOnly: rules });
  return found.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
}

async function check(page, width, path, rules) {
  const found = await violations(page, rules);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > width) found.push(`it is ${wide} px wide`);
  return found.map((text) => `${path}: ${text}`);
}

// Pages that fail, by pressing their first button.
const withErrors = ['/portal/env/test/scopes/new', '/portal/organization/production', `/portal/env/test/integrations/${client}/keys/new`, '/workbench/altinn'];

// Each page is loaded once; colours and width change under it. What only they change
// is all that is looked at again, but for the first page of each kind.
const ways = [['light', 1280], ['dark', 1280], ['light', 320], ['dark', 320]];
const changed = ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable'];

async function checkEveryWay(page, path) {
  const wrong = [];
  for (const [colorScheme, width] of ways) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const first = colorScheme === 'light' && width === 1280;
    wrong.push(...(await check(page, width, path, first ? undefined : changed)).map((text) => `${colorScheme}, ${width} px: ${text}`));
  }
  return wrong;
}

for (const [name, paths] of [['that everybody sees', forEverybody], ['of the portal', signedIn], ['of the workbench', workbench], ['with errors', withErrors]]) {
  test(`every page ${name}, in light and dark, wide and at 320 px`, async () => {
    const { page, context, troubles } = await newPerson(browser, mock, { bypassCSP: true });
    const wrong = [];
    if (paths !== forEverybody) await signIn(page);
    for (const path of paths) {
      const answer = await page.goto(mock.base + path);
      if (answer.status() >= 500) wrong.push(`${path}: ${answer.status()}`);
      if ((await answer.body()).length > 30 << 10) wrong.push(`${path}: ${(await answer.body()).length} bytes`);
      if (paths === withErrors) {
        await page.locator('main form button').first().click();
        await page.locator('#errors').waitFor();
      }
      wrong.push(...await checkEveryWay(page, path));
    }
    await context.close();
    assert.deepEqual([...wrong, ...troubles], []);
  });
}
