"""authlib's session for assertions asks for the token, and its jose checks it."""

import json
import os
import time
import uuid

from authlib.integrations.requests_client import AssertionSession
from authlib.jose import JsonWebKey, jwt

issuer, client, scope = os.environ["PEER_ISSUER"], os.environ["PEER_CLIENT"], os.environ["PEER_SCOPE"]
jwk = json.loads(os.environ["PEER_JWK"])
now = int(time.time())
session = AssertionSession(
    token_endpoint=issuer + "token", issuer=client, subject=client, audience=issuer, grant_type=AssertionSession.JWT_BEARER_GRANT_TYPE,
    claims={"scope": scope, "jti": str(uuid.uuid4())}, key=JsonWebKey.import_key(jwk), header={"alg": "RS256", "kid": jwk["kid"]},
    issued_at=now, expires_at=now + 100,
)
token = session.refresh_token()
keys = JsonWebKey.import_key_set(session.get(issuer + "jwk", withhold_token=True).json())
claims = jwt.decode(token["access_token"], keys)
claims.validate()
assert claims["iss"] == issuer and claims["client_id"] == client and claims["scope"] == scope, claims
