// Makes the pictures of mockserver/PORTAL.md:
//   MASKINPORTEN_MOCK=… node mockserver/internal/pages/browser/pictures.mjs
import { fileURLToPath } from 'node:url';
import { newPerson, startBrowser, startMock } from './mock.mjs';

const folder = fileURLToPath(new URL('../../../testdata/portal/', import.meta.url));
const browser = await startBrowser();
const mock = await startMock();
try {
  const world = await mock.control('GET', 'snapshot');
  world.portal.users.push({ mail: 'kari@digdir.no', name: 'Kari Nordmann', password: 'korrekt hest' });
  const { scopes, accesses } = world.environments.test;
  scopes.push({ name: 'difi:vaer/lese', description: 'Lese værdata', visibility: 'PUBLIC', allowed_integration_types: ['maskinporten'] });
  for (const consumer of ['889640782', '910753614']) accesses.push({ scope: 'difi:vaer/lese', consumer_orgno: consumer });
  await mock.control('PUT', 'snapshot', world);
  const { page } = await newPerson(browser, mock, { viewport: { width: 1000, height: 760 } });
  const picture = (name) => page.screenshot({ path: `${folder}${name}.png` });
  await page.goto(`${mock.base}/`);
  await picture('front');
  await page.goto(`${mock.base}/portal/login`);
  await page.fill('#f-mail', 'kari@digdir.no');
  await page.fill('#f-password', 'korrekt hest');
  await page.click('main form button');
  await page.goto(`${mock.base}/portal/env/test/scope?name=difi:vaer/lese`);
  await page.locator('#access').scrollIntoViewIfNeeded();
  await picture('scope');
  await page.goto(`${mock.base}/workbench/token`);
  await page.fill('#f-scope', 'difi:vaer/lese');
  await page.click('main form button');
  await page.locator('#result').waitFor();
  await picture('token');
} finally {
  await browser.close();
  await mock.stop();
}
