"""PyJWT makes the grant and checks the token by the key set."""

import json
import os
import ssl
import time
import urllib.parse
import urllib.request
import uuid

import jwt

issuer, client, scope = os.environ["PEER_ISSUER"], os.environ["PEER_CLIENT"], os.environ["PEER_SCOPE"]
jwk = json.loads(os.environ["PEER_JWK"])
context = ssl.create_default_context(cafile=os.environ.get("PEER_CA") or None)


def fetch(address, form=None):
    body = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(address, body, context=context if address.startswith("https") else None) as answer:
        return json.load(answer)


metadata = fetch(issuer + ".well-known/oauth-authorization-server")
assert metadata["issuer"] == issuer
now = int(time.time())
claims = {"aud": issuer, "iss": client, "scope": scope, "iat": now, "nbf": now, "exp": now + 100, "jti": str(uuid.uuid4())}
grant = jwt.encode(claims, jwt.algorithms.RSAAlgorithm.from_jwk(json.dumps(jwk)), "RS256", headers={"kid": jwk["kid"]})
answer = fetch(metadata["token_endpoint"], {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": grant})
token = answer["access_token"]
kid = jwt.get_unverified_header(token)["kid"]
keys = jwt.PyJWKSet.from_dict(fetch(metadata["jwks_uri"]))
key = next(k.key for k in keys.keys if k.key_id == kid)
got = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer)
assert got["client_id"] == client and got["scope"] == scope, got
