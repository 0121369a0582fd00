// What the peers have in common: where the mock is, and what they ask of it.
import assert from 'node:assert/strict';

export const issuer = new URL(process.env.PEER_ISSUER);
export const clientId = process.env.PEER_CLIENT;
export const scope = process.env.PEER_SCOPE;
export const jwk = JSON.parse(process.env.PEER_JWK);
export const insecure = issuer.protocol === 'http:';
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export function check(claims) {
  assert.equal(claims.iss, issuer.href);
  assert.equal(claims.client_id, clientId);
  assert.equal(claims.scope, scope);
  assert.equal(claims.consumer.authority, 'iso6523-actorid-upis');
}
