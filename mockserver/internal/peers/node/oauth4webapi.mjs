// oauth4webapi discovers the server (RFC 8414), sends the grant as a generic
// token request, and reads a refusal (RFC 6749).
import assert from 'node:assert/strict';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import { check, clientId, insecure, issuer, jwk, jwtBearer, scope } from './common.mjs';

const options = { [oauth.allowInsecureRequests]: insecure };
const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options });
const server = await oauth.processDiscoveryResponse(issuer, found);
const client = { client_id: clientId };
const key = await jose.importJWK(jwk, 'RS256');

async function ask(wanted) {
  const assertion = await new jose.SignJWT({ scope: wanted })
    .setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' })
    .setAudience(server.issuer).setIssuer(clientId).setIssuedAt().setExpirationTime('100s').setJti(crypto.randomUUID()).sign(key);
  const response = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), jwtBearer, { assertion }, options);
  return oauth.processGenericTokenEndpointResponse(server, client, response);
}

const answer = await ask(scope);
assert.equal(answer.token_type, 'bearer');
check(jose.decodeJwt(answer.access_token));
await assert.rejects(ask('difi:unknown'), (error) => error.error === 'invalid_scope' && error.status === 400);
