// jose makes the grant and checks the token; fetch carries them.
import assert from 'node:assert/strict';
import * as jose from 'jose';
import { check, clientId, issuer, jwk, jwtBearer, scope } from './common.mjs';

const metadata = await (await fetch(new URL('.well-known/oauth-authorization-server', issuer))).json();
assert.equal(metadata.issuer, issuer.href);
const grant = await new jose.SignJWT({ scope })
  .setProtectedHeader({ alg: 'RS256', kid: jwk.kid })
  .setAudience(metadata.issuer).setIssuer(clientId).setIssuedAt().setExpirationTime('1m').setJti(crypto.randomUUID())
  .sign(await jose.importJWK(jwk, 'RS256'));
const response = await fetch(metadata.token_endpoint, { method: 'POST', body: new URLSearchParams({ grant_type: jwtBearer, assertion: grant }) });
assert.equal(response.status, 200);
const answer = await response.json();
const keys = jose.createRemoteJWKSet(new URL(metadata.jwks_uri));
const { payload } = await jose.jwtVerify(answer.access_token, keys, { issuer: issuer.href, algorithms: ['RS256'] });
check(payload);
