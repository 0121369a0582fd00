import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Maskinporten } from './maskinporten.mjs';
import { startMock } from './mock.mjs';

const besides = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const jwk = JSON.parse(await readFile(besides('weather-app.jwk.json'), 'utf8'));
let mock, app;

before(async () => {
  mock = await startMock('-seed', besides('world.json'));
});
after(async () => {
  const ended = await mock?.stop();
  assert.equal(ended?.code, 0, ended?.log);
});
beforeEach(async () => {
  await mock.control('POST', 'reset'); // back to world.json: no test sees another's traces
  app = new Maskinporten({ issuer: mock.environment().issuer, clientId: 'weather-app', jwk });
});

test('a token says who asked, and for what', async () => {
  const [, payload] = (await app.token('difi:weather.read')).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  assert.equal(claims.iss, mock.environment().issuer);
  assert.equal(claims.client_id, 'weather-app');
  assert.equal(claims.scope, 'difi:weather.read');
  assert.deepEqual(claims.consumer, { authority: 'iso6523-actorid-upis', ID: '0192:889640782' });
});

test('there is no token before the provider gives access', async () => {
  await assert.rejects(app.token('difi:weather.write'), { status: 403, code: 'MP-250', temporary: false });
  const provider = new Maskinporten(mock.credentials('provider'));
  const url = `${mock.environment().api}/scopes/access/889640782?scope=difi:weather.write`;
  const access = await provider.call('PUT', url, { scope: 'idporten:scopes.write' });
  assert.equal(access.state, 'APPROVED');
  assert.ok(await app.token('difi:weather.write'));
});

test('a key is good for a year', async () => {
  await mock.control('POST', 'clock', { advance: '8761h' });
  await assert.rejects(app.token('difi:weather.read'), { status: 400, code: 'MP-121', message: /Expired key/ });
});

test('a disturbance is told from a refusal', async () => {
  const page = { status: 503, body: '<h1>Service Unavailable</h1>', content_type: 'text/html' };
  for (const disturbance of [page, { reset: 'after' }]) {
    const { id } = await mock.control('POST', 'faults', { operation: 'POST /token', times: 1, ...disturbance });
    await assert.rejects(app.token('difi:weather.read'), { status: disturbance.status, temporary: true });
    const fault = (await mock.control('GET', 'faults')).find((f) => f.id === id);
    assert.equal(fault.hits, 1);
  }
  assert.ok(await app.token('difi:weather.read'), 'the next try succeeds');
});

test('one grant serves many calls', async () => {
  for (let i = 0; i < 3; i++) await app.token('difi:weather.read');
  const grants = (await mock.requests()).filter((r) => r.operation === 'POST /token');
  assert.equal(grants.length, 1);
  const [{ client_id, status, grant }] = grants;
  assert.deepEqual({ client_id, status, kid: grant.header.kid }, { client_id: 'weather-app', status: 200, kid: jwk.kid });
  assert.equal(grant.claims.exp - grant.claims.iat, 60);
});

test('the application says which setting is missing, and never what a key file holds', async () => {
  for (const [settings, said] of [
    [{}, "MASKINPORTEN_ISSUER isn't set\n"],
    [{ MASKINPORTEN_JWK: '/no/such.json' }, "MASKINPORTEN_JWK: the file /no/such.json can't be read\n"],
    [{ MASKINPORTEN_JWK: besides('node/main.mjs') }, `MASKINPORTEN_JWK: ${besides('node/main.mjs')} holds no JSON\n`],
  ]) {
    const others = Object.keys(settings).length ? { MASKINPORTEN_ISSUER: 'x', MASKINPORTEN_CLIENT_ID: 'x', MASKINPORTEN_SCOPE: 'x' } : {};
    const app = spawnSync(process.execPath, [besides('node/main.mjs')], { env: { ...others, ...settings }, encoding: 'utf8' });
    assert.deepEqual([app.status, app.stderr, app.stdout], [1, said, '']);
  }
});

test('a mock that is not there is told of, with what to do', async () => {
  const before = process.env.MASKINPORTEN_MOCK;
  process.env.MASKINPORTEN_MOCK = '/no/such/program';
  try {
    await assert.rejects(startMock(), /^Error: \/no\/such\/program can't be started \(ENOENT\): go build /);
  } finally {
    process.env.MASKINPORTEN_MOCK = before;
  }
});
