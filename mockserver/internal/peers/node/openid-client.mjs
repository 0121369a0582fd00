// openid-client discovers the server as an OAuth 2.0 one and sends the grant.
import assert from 'node:assert/strict';
import * as jose from 'jose';
import * as client from 'openid-client';
import { check, clientId, insecure, issuer, jwk, jwtBearer, scope } from './common.mjs';

const config = await client.discovery(issuer, clientId, undefined, client.None(), {
  algorithm: 'oauth2', execute: insecure ? [client.allowInsecureRequests] : [],
});
const key = await jose.importJWK(jwk, 'RS256');
async function ask(wanted) {
  const assertion = await new jose.SignJWT({ scope: wanted })
    .setProtectedHeader({ alg: 'RS256', kid: jwk.kid })
    .setAudience(config.serverMetadata().issuer).setIssuer(clientId).setIssuedAt().setExpirationTime('2m').setJti(crypto.randomUUID()).sign(key);
  return client.genericGrantRequest(config, jwtBearer, { assertion });
}
check(jose.decodeJwt((await ask(scope)).access_token));
await assert.rejects(ask('difi:unknown'), (error) => error.error === 'invalid_scope');
