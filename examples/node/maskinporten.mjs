// Access tokens from Maskinporten, and calls of APIs with them.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';

/** What went wrong. `code` is Maskinporten's own, such as MP-250, where there is one; `status` is undefined when no answer came. */
export class MaskinportenError extends Error {
  constructor(message, { status, code, cause } = {}) {
    super(message, { cause });
    this.name = 'MaskinportenError';
    this.status = status;
    this.code = code;
    this.temporary = status === undefined || status === 429 || status >= 500; // the same request may succeed later
  }
}

export class Maskinporten {
  #tokens = new Map();
  #endpoint;

  /** The issuer ends in a slash: https://test.maskinporten.no/ */
  constructor({ issuer, clientId, jwk }) {
    Object.assign(this, { issuer, clientId, kid: jwk.kid });
    this.key = createPrivateKey({ key: jwk, format: 'jwk' });
  }

  /** An access token with these scopes (blank separated), from memory until it soon expires. */
  async token(scope) {
    const known = this.#tokens.get(scope);
    if (known?.until > Date.now()) return known.token;
    this.#endpoint ??= (await send(`${this.issuer}.well-known/oauth-authorization-server`)).token_endpoint;
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: this.#grant(scope) });
    const answer = await send(this.#endpoint, { method: 'POST', body });
    this.#tokens.set(scope, { token: answer.access_token, until: Date.now() + (answer.expires_in - 10) * 1000 });
    return answer.access_token;
  }

  /** Calls an API and returns its JSON. */
  async call(method, url, { scope, json }) {
    const headers = { authorization: `Bearer ${await this.token(scope)}`, 'content-type': 'application/json' };
    return send(url, { method, headers, body: json && JSON.stringify(json) });
  }

  #grant(scope) {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { aud: this.issuer, iss: this.clientId, scope, iat, exp: iat + 60, jti: randomUUID() };
    const text = [{ alg: 'RS256', kid: this.kid }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${sign('sha256', text, this.key).toString('base64url')}`;
  }
}

async function send(url, init) {
  const { pathname } = new URL(url); // queries and bodies may be secret
  let response, text;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: 'error', ...init });
    text = await response.text();
  } catch (cause) {
    throw new MaskinportenError(`${pathname}: no answer`, { cause });
  }
  const { ok, status } = response;
  let body = {};
  try {
    body = JSON.parse(text || 'null');
  } catch {
    if (ok) throw new MaskinportenError(`${pathname}: ${status}, but no JSON`, { status });
  } // else a proxy's error page: the status says enough
  if (ok) return body;
  // Self-service lists its reasons in errors, the token endpoint has error_description and error_uri.
  const reason = body?.errors?.map((e) => e.errorMessage).join('; ') ?? body?.error_description ?? response.statusText;
  throw new MaskinportenError(`${pathname}: ${status} ${reason}`, { status, code: body?.error_uri?.match(/MP-\d+/)?.[0] });
}
