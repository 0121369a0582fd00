"""Access tokens from Maskinporten, and calls of APIs with them."""

import http.client
import json
import re
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt


class MaskinportenError(Exception):
    """What went wrong. code is Maskinporten's own, such as MP-250, where there is one; status is None when no answer came."""

    def __init__(self, message: str, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.temporary = status is None or status == 429 or status >= 500  # the same request may succeed later


@dataclass
class Maskinporten:
    """A client. The issuer ends in a slash: https://test.maskinporten.no/"""

    issuer: str
    client_id: str
    jwk: dict[str, str] = field(repr=False)  # private
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict, init=False, repr=False)

    def token(self, scope: str) -> str:
        """An access token with these scopes (blank separated), from memory until it soon expires."""
        token, until = self._tokens.get(scope, ("", 0.0))
        if until > time.time():
            return token
        metadata = _send(urllib.request.Request(f"{self.issuer}.well-known/oauth-authorization-server"))
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._grant(scope)}
        answer = _send(urllib.request.Request(metadata["token_endpoint"], urlencode(form).encode()))
        self._tokens[scope] = answer["access_token"], time.time() + answer["expires_in"] - 10
        return answer["access_token"]

    def call(self, method: str, url: str, scope: str, body: object = None) -> Any:
        """Calls an API and returns its JSON."""
        headers = {"Authorization": f"Bearer {self.token(scope)}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return _send(urllib.request.Request(url, data, headers, method=method))

    def _grant(self, scope: str) -> str:
        now = int(time.time())
        claims = {"aud": self.issuer, "iss": self.client_id, "scope": scope, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
        return jwt.encode(claims, jwt.PyJWK(self.jwk).key, "RS256", {"kid": self.jwk["kid"]})


def _send(request: urllib.request.Request) -> Any:
    path = urlsplit(request.full_url).path  # queries and bodies may be secret
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(path, error) from None
    except ValueError as error:
        raise MaskinportenError(f"{path}: {response.status}, but no JSON", response.status) from error
    except (OSError, http.client.HTTPException) as error:
        raise MaskinportenError(f"{path}: no answer") from error


def _refusal(path: str, error: urllib.error.HTTPError) -> MaskinportenError:
    try:
        body = json.loads(error.read())
    except ValueError:
        body = {}  # a proxy's error page: the status says enough
    # Self-service lists its reasons in errors, the token endpoint has error_description and error_uri.
    reasons = [e["errorMessage"] for e in body.get("errors", [])] or [body.get("error_description", error.reason)]
    code = re.search(r"MP-\d+", body.get("error_uri", ""))
    return MaskinportenError(f"{path}: {error.code} {'; '.join(reasons)}", error.code, code and code[0])
