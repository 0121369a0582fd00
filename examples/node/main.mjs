// The application: gets a token with what the environment says, and tells whose it is.
import { readFile } from 'node:fs/promises';
import { Maskinporten } from './maskinporten.mjs';

const { MASKINPORTEN_ISSUER, MASKINPORTEN_CLIENT_ID, MASKINPORTEN_JWK, MASKINPORTEN_SCOPE } = process.env;
for (const [name, value] of Object.entries({ MASKINPORTEN_ISSUER, MASKINPORTEN_CLIENT_ID, MASKINPORTEN_JWK, MASKINPORTEN_SCOPE })) {
  if (!value) stop(`${name} isn't set`);
}
const jwk = await readKey(MASKINPORTEN_JWK);
const client = new Maskinporten({ issuer: MASKINPORTEN_ISSUER, clientId: MASKINPORTEN_CLIENT_ID, jwk });
const [, claims] = (await client.token(MASKINPORTEN_SCOPE)).split('.');
const { iss, consumer, scope } = JSON.parse(Buffer.from(claims, 'base64url'));
console.log(`${iss} lets ${consumer.ID} use ${scope}`);

/** The private key in a file, as a JWK. */
async function readKey(file) {
  const text = await readFile(file, 'utf8').catch(() => stop(`MASKINPORTEN_JWK: the file ${file} can't be read`));
  try {
    return JSON.parse(text);
  } catch {
    return stop(`MASKINPORTEN_JWK: ${file} holds no JSON`); // and not what it holds
  }
}

function stop(why) {
  console.error(why);
  process.exit(1);
}
