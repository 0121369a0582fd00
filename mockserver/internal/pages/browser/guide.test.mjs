// A person follows the guide to self-service, section by section, pressing what it
// says to press, where it says it is.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { byKeyboard } from './keyboard.mjs';
import { newPerson, startBrowser, startMock, texts } from './mock.mjs';

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const password = 'korrekt hest';
const pid = '01010112345';
const consumer = '889640782';

/** walker is a person who presses links and buttons by what they say. */
function walker(person, mock, t) {
  const { page } = person;
  return {
    ...person, t,
    go: (path) => page.goto(mock.base + path),
    async press(name, within = page) {
      const target = within.getByRole('link', { name, exact: true }).or(within.getByRole('button', { name, exact: true }));
      await target.first().click();
    },
    fill: (label, value) => page.getByLabel(label, { exact: true }).first().fill(value),
    async sees(text) { await page.locator('main').getByText(text).first().waitFor(); },
    async register(mail, name) {
      await this.go('/');
      await this.press(t('layout.profile')); // at the top right
      await this.press(t('title.register'));
      await page.getByLabel(t('field.register.name')).fill(name);
      await page.getByLabel(t('field.register.mail')).fill(mail);
      await page.locator('#f-password').fill(password);
      await page.locator('#f-pid').fill(pid);
      await this.press(t('register.submit'));
      await this.press(t('registered.open'));
      await page.locator('article').first().locator('a[href*="/portal/confirm"]').click();
      await this.sees(t('confirmed.text'));
      await this.press(t('title.login'));
      await this.signIn(mail);
    },
    async signIn(mail) {
      await page.locator('#f-mail').fill(mail);
      await page.locator('#f-password').fill(password);
      await page.getByRole('button', { name: t('login.submit') }).click();
      await page.getByRole('heading', { level: 1, name: t('title.profile') }).waitFor();
    },
    async mineAPI(environment) {
      await this.press(t('title.services'));
      await this.press(t('title.administration'));
      await page.getByRole('link', { name: `${t('title.scopes')} ${t(`env.${environment}`)}` }).click();
    },
    async integrations(environment) {
      await this.press(t('title.administration'));
      await page.getByRole('link', { name: `${t('title.integrations')} ${t(`env.${environment}`)}` }).click();
    },
  };
}

async function walk(language, { scripts, keyboard = false }) {
  const mock = await startMock();
  const t = texts(language);
  const people = [];
  const somebody = async () => {
    const human = await newPerson(browser, mock, { javaScriptEnabled: scripts });
    if (keyboard) human.page = byKeyboard(human.page);
    const person = walker(human, mock, t);
    if (language === 'en') await person.go('/portal/language?to=en&next=/');
    people.push(person);
    return person;
  };
  try {
    await accessAndSignIn(mock, t, somebody);
    const kari = people[0];
    await provider(kari, t);
    await consumerWalks(mock, t, somebody, kari);
    for (const { troubles } of people) assert.deepEqual(troubles, []);
  } finally {
    await Promise.all(people.map(({ context }) => context.close()));
    await mock.stop();
  }
}

/** accessAndSignIn is the section "Innlogging og tilgang". */
async function accessAndSignIn(mock, t, somebody) {
  const kari = await somebody();
  await kari.go('/portal/register');
  await kari.page.getByLabel(t('field.register.name')).fill('Kari');
  await kari.page.getByLabel(t('field.register.mail')).fill('kari@ukjent.example');
  await kari.page.locator('#f-password').fill(password);
  await kari.press(t('register.submit'));
  await kari.sees(t('error.unknown_domain.mail'));
  await kari.register('kari@digdir.no', 'Kari');

  await kari.go('/workbench/digdir'); // Digdir registers who speaks for the organisation
  await kari.page.locator('#f-organization-orgno').fill('991825827');
  await kari.page.locator('#f-organization-name').fill('Digitaliseringsdirektoratet');
  await kari.page.locator('#f-organization-managers').fill('sjef@digdir.no');
  await kari.press(t('form.save'));
  await kari.sees(t('said.done'));

  const manager = await somebody();
  await manager.register('sjef@digdir.no', 'Sjefen');
  await manager.press(t('title.organization'));
  await manager.press(t('title.restrict'));
  await manager.page.locator('#f-environment').selectOption('ver2');
  await manager.page.locator('#f-mails').fill('sjef@digdir.no');
  await manager.press(t('form.save'));
  await kari.go('/portal/env/ver2/scopes');
  await kari.sees(t('error.no_access'));

  await manager.press(t('title.production'));
  await manager.page.locator('#f-persons-0-name').fill('Kari');
  await manager.page.locator('#f-persons-0-mail').fill('kari@digdir.no');
  await manager.page.locator('#f-persons-0-phone').fill('22 22 22 22');
  await manager.press(t('production.submit'));
  await manager.sees(t('said.production_ordered', 1));
  await kari.go('/portal/profile');
  await kari.press(t('title.administration'));
  await kari.page.getByRole('link', { name: t('administration.idporten_required.link') }).click();
  await kari.page.locator('#f-pid').fill(pid);
  await kari.press(t('login.submit'));
  await kari.sees(t('said.idporten'));

  for (const [environment, said] of [['ver1', 'said.prefix_granted'], ['prod', 'said.prefix_pending']]) { // by mail, and by form
    await kari.press(t('title.organization'));
    await kari.press(t('title.newprefix'));
    await kari.page.locator('#f-environment').selectOption(environment);
    await kari.page.locator('#f-prefix').fill('digdir-ny');
    await kari.page.locator('#f-purpose').fill('Vær');
    await kari.press(t('newprefix.submit'));
    await kari.sees(t(said, 'digdir-ny', t(`env.${environment}`)));
  }
  await kari.go('/workbench/digdir');
  await kari.page.getByRole('button', { name: `${t('digdir.grant')} digdir-ny` }).click();
  await kari.sees(t('said.done'));
  await kari.go('/portal/organization');
  assert.equal(await kari.page.getByText(t('order.granted')).count(), 2);
}

/** provider is the section "Selvbetjening som API-tilbyder". */
async function provider(kari, t) {
  const { page } = kari;
  await kari.mineAPI('test');
  await kari.press(t('title.newscope'));
  await page.locator('#f-prefix').selectOption('difi');
  await page.locator('#f-subscope').fill('vaer/lese');
  await page.locator('#f-description').fill('Lese været');
  await kari.press(t('newscope.submit')); // Opprett
  await kari.sees(t('said.scope_created', 'difi:vaer/lese'));

  await kari.mineAPI('test');
  await kari.press('difi:vaer/lese');
  await kari.press(t('scope.add_access')); // below the configuration
  await page.locator('#f-consumer_orgno').fill('123');
  await kari.press(t('access.submit'));
  await kari.sees(t('error.Access.invalid.consumer_orgno'));
  await page.locator('#f-consumer_orgno').fill(consumer);
  await kari.press(t('access.submit'));
  await kari.sees(`Arbeids- og velferdsetaten (${consumer})`);
  await kari.press(t('scope.add_access'));
  await page.locator('#f-many').fill('910753614\n974760673\n');
  await kari.press(t('access.submit'));
  await page.getByRole('button', { name: t('access.remove_of', '974760673') }).click(); // the bin to the right
  await kari.sees(t('said.access_revoked', '974760673'));

  await kari.press(t('title.services')); // merchant data
  await page.getByRole('main').getByRole('link', { name: t('integration.API_TILBYDER') }).click();
  await kari.press(t('title.merchant'));
  await page.locator('#f-notification_points').fill('drift@digdir.no');
  await kari.press(t('form.save'));
  await kari.sees(t('said.merchant_saved'));

  await kari.mineAPI('test');
  await kari.press(t('title.newscope'));
  await page.locator('#f-subscope').fill('gammelt');
  await page.locator('#f-description').fill('Skal bort');
  await kari.press(t('newscope.submit'));
  await kari.press(t('scope.add_access'));
  await page.locator('#f-consumer_orgno').fill(consumer);
  await kari.press(t('access.submit'));
  await kari.press(t('form.edit')); // Endre
  await kari.press(t('scope.deactivate')); // Deaktiver
  await kari.sees(t('deactivatescope.warning', 1));
  await kari.press(t('deactivatescope.revoke'));
  await kari.sees(t('said.scope_deactivated', 'difi:gammelt'));
  await kari.press(t('title.notifications'));
  await kari.sees('difi:gammelt er deaktivert');
}

/** consumerWalks is the section "Selvbetjening som API-konsument". */
async function consumerWalks(mock, t, somebody, kari) {
  const ola = await somebody();
  const { page } = ola;
  await ola.register('ola@nav.no', 'Ola');
  await ola.integrations('test');
  await ola.press(t('title.newtype'));
  await ola.press(t('form.continue'));
  await page.locator('#f-client_name').fill('Saksbehandling');
  await ola.press(t('newscope.submit'));
  await ola.sees(t('said.client_created', 'Saksbehandling'));
  const clientID = await page.locator('#client-id').textContent();

  await ola.press(t('client.scopes'));
  await page.getByRole('button', { name: t('clientscopes.add', 'difi:vaer/lese') }).click();
  await ola.sees(t('said.scope_added', 'difi:vaer/lese'));

  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'nokkel', use: 'sig', alg: 'RS256' };
  const privatePEM = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  for (const [key, said] of [
    [privatePEM, t('error.private_key')],
    [JSON.stringify(jwk), 'nokkel'],
    [generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }), t('keystate.valid')],
  ]) {
    await ola.press(t('client.keys'));
    await ola.press(t('keys.add'));
    await page.locator('#f-key').fill(key);
    await ola.press(t('access.submit'));
    await ola.sees(said);
    if (key === privatePEM) {
      assert.ok(!(await page.content()).includes(privatePEM.split('\n')[2]), 'the private key is shown again');
      await ola.press(t('form.cancel'));
    }
  }

  const ask = async () => {
    await ola.go('/workbench/token');
    await page.locator('#f-client').selectOption('');
    await page.locator('#f-scope').fill('difi:vaer/lese');
    await page.locator('#f-client_id').fill(clientID);
    await page.locator('#f-kid').fill('nokkel');
    await page.locator('#f-key').fill(privatePEM);
    await page.getByRole('main').getByRole('button', { name: t('title.token') }).click();
    await page.locator('#result').waitFor();
  };
  await ask();
  await ola.sees('access_token');
  await ola.sees('"consumer"');

  await kari.mineAPI('test');
  await kari.press('difi:vaer/lese');
  await kari.page.getByRole('button', { name: t('access.remove_of', consumer) }).click();
  await ask();
  await ola.sees('MP-250');
  await ola.sees(t('mp.MP-250'));
  await ola.press(t('title.requests'));
  await ola.sees('MP-250');

  await ola.go(`/portal/env/test/integrations/${clientID}`);
  await ola.press(t('client.delete'));
  await ola.press(t('deactivateclient.submit'));
  await ola.sees(t('client.inactive'));
  await ask();
  await ola.sees('MP-100');
}

test('the guide in bokmål, with scripts', () => walk('nb', { scripts: true }));
test('the guide in bokmål, without scripts', () => walk('nb', { scripts: false }));
test('the guide in English, without scripts', () => walk('en', { scripts: false }));
test('the guide in English, with scripts, by keyboard alone', () => walk('en', { scripts: true, keyboard: true }));

test('the first Tab leads past the menu', async () => {
  const mock = await startMock();
  const { page, context } = await newPerson(browser, mock);
  try {
    await page.goto(`${mock.base}/`);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), texts('nb')('layout.skip'));
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.querySelector('main').contains(document.activeElement)));
  } finally {
    await context.close();
    await mock.stop();
  }
});
