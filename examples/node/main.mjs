// The application: gets a token with what the environment says, and tells whose it is.
import { readFile } from 'node:fs/promises';
import { Maskinporten } from './maskinporten.mjs';

const { MASKINPORTEN_ISSUER, MASKINPORTEN_CLIENT_ID, MASKINPORTEN_JWK, MASKINPORTEN_SCOPE } = process.env;
const jwk = JSON.parse(await readFile(MASKINPORTEN_JWK, 'utf8')); // the name of a file that holds the private key
const client = new Maskinporten({ issuer: MASKINPORTEN_ISSUER, clientId: MASKINPORTEN_CLIENT_ID, jwk });
const [, claims] = (await client.token(MASKINPORTEN_SCOPE)).split('.');
const { iss, consumer, scope } = JSON.parse(Buffer.from(claims, 'base64url'));
console.log(`${iss} lets ${consumer.ID} use ${scope}`);
