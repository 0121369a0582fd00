package verify_test

import (
	"crypto"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/verify"
)

var issuers = []forgery{
	{"no iss", verify.ReasonIssuerMissing, claim("iss", nil)},
	{"iss in capitals", verify.ReasonIssuerMissing, added(`"ISS":"https://test.maskinporten.no/"`, "iss")},
	{"iss a list", verify.ReasonIssuerMalformed, claim("iss", []string{testIssuer})},
	{"iss null", verify.ReasonIssuerMalformed, added(`"iss":null`, "iss")},
	{"iss of production", verify.ReasonOtherEnvironment, claim("iss", prodIssuer)},
	{"iss of ver2", verify.ReasonOtherEnvironment, claim("iss", "https://ver2.maskinporten.no/")},
	{"a token of production", verify.ReasonOtherEnvironment, func(w *world) string {
		return signWith(w.tb, testKey(w.tb, 2), crypto.SHA256, `{"kid":"p1","alg":"RS256"}`, string(marshal(w.tb, w.claims(map[string]any{"iss": prodIssuer}))))
	}},
	{"production's key under this issuer", verify.ReasonKeyUnknown, func(w *world) string {
		return signWith(w.tb, testKey(w.tb, 2), crypto.SHA256, `{"kid":"p1","alg":"RS256"}`, w.text(nil)+"}")
	}},
	{"iss without slash", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no")},
	{"iss with two slashes", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no//")},
	{"iss with http", verify.ReasonIssuer, claim("iss", "http://test.maskinporten.no/")},
	{"iss with other case", verify.ReasonIssuer, claim("iss", "https://Test.Maskinporten.no/")},
	{"iss with a port", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no:443/")},
	{"iss below another host", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no.attacker.invalid/")},
	{"iss as user name", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no@attacker.invalid/")},
	{"iss with a Cyrillic letter", verify.ReasonIssuer, claim("iss", "https://test.mаskinporten.no/")},
	{"iss with a blank", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no/ ")},
	{"iss with a query", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no/?x")},
	{"iss with an end of text", verify.ReasonIssuer, claim("iss", "https://test.maskinporten.no/\x00")},
	{"iss of ID-porten", verify.ReasonIssuer, claim("iss", "https://test.idporten.no")},
}

var payloads = []forgery{
	{"payload is no JSON", verify.ReasonClaims, payload("claims")},
	{"payload empty", verify.ReasonClaims, payload("")},
	{"payload an array", verify.ReasonClaims, payload("[]")},
	{"payload null", verify.ReasonClaims, payload("null")},
	{"payload not UTF-8", verify.ReasonClaims, payload("{\"iss\":\"\xff\"}")},
	{"payload with a mark before it", verify.ReasonClaims, payload("\ufeff{}")},
	{"two payloads", verify.ReasonClaims, payload("{}{}")},
	{"too many claims", verify.ReasonClaims, payload(`{` + strings.TrimSuffix(manyMembers(100), ",") + `}`)},
	{"nested too deep", verify.ReasonClaims, added(`"x":` + strings.Repeat(`{"x":`, 50) + "1" + strings.Repeat("}", 50))},
	{"iss twice", verify.ReasonClaimsDuplicate, added(`"iss":"https://attacker.invalid/"`)},
	{"scope twice", verify.ReasonClaimsDuplicate, added(`"scope":"difi:admin"`)},
	{"exp twice, once escaped", verify.ReasonClaimsDuplicate, added(`"e\u0078p":99999999999`)},
	{"consumer twice", verify.ReasonClaimsDuplicate, added(`"consumer":{"authority":"iso6523-actorid-upis","ID":"0192:991825827"}`)},
	{"ID twice in the consumer", verify.ReasonClaimsDuplicate, added(`"consumer":{"authority":"iso6523-actorid-upis","ID":"0192:991825827","ID":"0192:889640782"}`, "consumer")},
	{"type twice in a detail", verify.ReasonClaimsDuplicate, added(`"authorization_details":[{"type":"a","type":"urn:altinn:systemuser"}]`)},
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"m` + strings.Repeat("m", i) + `":1,`)
	}
	return b.String()
}

var times = []forgery{
	{"no exp", verify.ReasonExpiryMissing, claim("exp", nil)},
	{"exp a string", verify.ReasonExpiryMalformed, claim("exp", "1768478520")},
	{"exp null", verify.ReasonExpiryMalformed, added(`"exp":null`, "exp")},
	{"exp huge", verify.ReasonExpiryMalformed, added(`"exp":1e400`, "exp")},
	{"exp beyond calendars", verify.ReasonExpiryMalformed, added(`"exp":99999999999999999999999999`, "exp")},
	{"exp that would overflow", verify.ReasonExpiryMalformed, added(`"exp":9223372036854775807`, "exp")},
	{"exp negative", verify.ReasonExpiryMalformed, added(`"exp":-1`, "exp")},
	{"exp in milliseconds", verify.ReasonExpiryMalformed, added(`"exp":1768478520000`, "exp")},
	{"exp an object", verify.ReasonExpiryMalformed, claim("exp", map[string]any{})},
	{"replayed after it expired", verify.ReasonExpired, func(w *world) string {
		token := w.token(nil)
		w.advance(130 * time.Second)
		return token
	}},
	{"replayed a year later", verify.ReasonExpired, func(w *world) string {
		token := w.token(nil)
		w.advance(365 * 24 * time.Hour)
		return token
	}},
	{"no iat", verify.ReasonIssuedMissing, claim("iat", nil)},
	{"iat a string", verify.ReasonIssuedMalformed, claim("iat", "now")},
	{"iat true", verify.ReasonIssuedMalformed, claim("iat", true)},
	{"iat huge", verify.ReasonIssuedMalformed, added(`"iat":1E+999`, "iat")},
	{"iat in the future", verify.ReasonIssuedInFuture, func(w *world) string {
		now := w.clock().Unix()
		return w.token(map[string]any{"iat": now + 11, "exp": now + 120})
	}},
	{"exp before iat", verify.ReasonLifetime, func(w *world) string {
		now := w.clock().Unix()
		return w.token(map[string]any{"iat": now + 8, "exp": now + 5})
	}},
	{"exp at iat", verify.ReasonLifetime, func(w *world) string {
		return w.token(map[string]any{"exp": w.clock().Unix()})
	}},
	{"nbf a string", verify.ReasonNotBeforeMalformed, claim("nbf", "soon")},
	{"nbf in the future", verify.ReasonNotYetValid, func(w *world) string {
		return w.token(map[string]any{"nbf": w.clock().Unix() + 60})
	}},
}

var parties = []forgery{
	{"no consumer", verify.ReasonConsumerMissing, claim("consumer", nil)},
	{"consumer in capitals", verify.ReasonConsumerMissing, added(`"Consumer":{"authority":"iso6523-actorid-upis","ID":"0192:991825827"}`, "consumer")},
	{"consumer a string", verify.ReasonConsumerMalformed, claim("consumer", "0192:991825827")},
	{"consumer null", verify.ReasonConsumerMalformed, added(`"consumer":null`, "consumer")},
	{"consumer a list", verify.ReasonConsumerMalformed, claim("consumer", []any{party(nav)})},
	{"consumer without authority", verify.ReasonConsumerAuthorityMissing, consumer(map[string]any{"ID": "0192:991825827"})},
	{"authority a number", verify.ReasonConsumerMalformed, consumer(map[string]any{"authority": 192, "ID": "0192:991825827"})},
	{"authority unknown", verify.ReasonConsumerAuthority, consumer(map[string]any{"authority": "iso6523", "ID": "0192:991825827"})},
	{"authority in capitals", verify.ReasonConsumerAuthority, consumer(map[string]any{"authority": "ISO6523-ACTORID-UPIS", "ID": "0192:991825827"})},
	{"no ID", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis"})},
	{"ID in small letters", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "id": "0192:991825827"})},
	{"ID a number", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "ID": 991825827})},
	{"ID without register", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "ID": digdir})},
	{"ID of another register", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "ID": "0007:991825827"})},
	{"ID with a wrong check digit", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:991825828"})},
	{"ID of zeros, whose check digit is right", verify.ReasonConsumerID, consumer(party("000000000"))},
	{"ID that begins with zero", verify.ReasonConsumerID, consumer(party("012345674"))},
	{"ID with a blank", verify.ReasonConsumerID, consumer(party(" 991825827"))},
	{"ID with a blank at its end", verify.ReasonConsumerID, consumer(party("991825827 "))},
	{"ID in groups", verify.ReasonConsumerID, consumer(party("991 825 827"))},
	{"ID with full-width digits", verify.ReasonConsumerID, consumer(party("９９１８２５８２７"))},
	{"ID too short", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:99182582"})},
	{"ID with Arabic digits", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:٩٩١٨٢٥٨٢٧"})},
	{"a seal's ID with a number's authority", verify.ReasonConsumerID, consumer(map[string]any{"authority": "iso6523-actorid-upis", "ID": "VATSE-556703748501"})},
	{"a number with a seal's authority", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "0192:991825827"})},
	{"a seal's ID empty", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": ""})},
	{"a seal's ID too long", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": strings.Repeat("x", 257)})},
	{"a seal's ID written backwards", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "VATSE-\u202e1"})},
	{"a seal's ID with a blank", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "VATSE-5567 0374"})},
	{"a seal's ID with a hard blank", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "VATSE-5567\u00a00374"})},
	{"a seal's ID with a full-width digit", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "VATSE-5567０374"})},
	{"a seal's ID with the first of the wide letters", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "V\uff21TSE-1"})},
	{"a seal's ID with the last of the wide letters", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "V\uffdcTSE-1"})},
	{"a seal's ID with full-width letters", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "ＶＡＴSE-1"})},
	{"a number's ID in full-width digits, for a seal", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "０192:991825827"})},
	{"a seal's ID with a mark of deletion", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "VATSE-1\x7f"})},
	{"a seal's ID with a line break", verify.ReasonConsumerID, consumer(map[string]any{"authority": "etsi-en-319-412", "ID": "VATSE-1\n2"})},
	{"supplier a string", verify.ReasonSupplierMalformed, claim("supplier", "910753614")},
	{"supplier null", verify.ReasonSupplierMalformed, added(`"supplier":null`)},
	{"supplier without authority", verify.ReasonSupplierMalformed, claim("supplier", map[string]any{"ID": "0192:910753614"})},
	{"supplier's ID wrong", verify.ReasonSupplierMalformed, claim("supplier", party("910753615"))},
	{"delegation source a list", verify.ReasonDelegationSourceMalformed, claim("delegation_source", []string{"https://www.altinn.no/"})},
}

var otherClaims = []forgery{
	{"scope without prefix", verify.ReasonScope, claim("scope", "api3")},
	{"no scope", verify.ReasonScope, claim("scope", nil)},
	{"scope empty", verify.ReasonScope, claim("scope", "")},
	{"longer scope that begins alike", verify.ReasonScope, claim("scope", "difi:api3.write")},
	{"scope below it", verify.ReasonScope, claim("scope", "difi:api3/x difi:api3:x")},
	{"longer scope that ends alike", verify.ReasonScope, claim("scope", "xdifi:api3")},
	{"scope in capitals", verify.ReasonScope, claim("scope", "DIFI:API3")},
	{"scopes between commas", verify.ReasonScope, claim("scope", "difi:api2,difi:api3")},
	{"scopes between pluses", verify.ReasonScope, claim("scope", "difi:api2+difi:api3")},
	{"scope with a star", verify.ReasonScope, claim("scope", "difi:*")},
	{"scope in the claim scopes", verify.ReasonScope, added(`"scopes":"difi:api3","scp":["difi:api3"]`, "scope")},
	{"scope a list", verify.ReasonScopeMalformed, claim("scope", []string{"difi:api3"})},
	{"scope null", verify.ReasonScopeMalformed, added(`"scope":null`, "scope")},
	{"scope a number", verify.ReasonScopeMalformed, claim("scope", 3)},
	{"scope an object", verify.ReasonScopeMalformed, claim("scope", map[string]any{"difi:api3": true})},
	{"scopes between tabs", verify.ReasonScopeMalformed, claim("scope", "difi:api2\tdifi:api3")},
	{"scopes between lines", verify.ReasonScopeMalformed, claim("scope", "difi:api2\ndifi:api3")},
	{"scopes between hard blanks", verify.ReasonScopeMalformed, claim("scope", "difi:api2\u00a0difi:api3")},
	{"scope with a mark of deletion", verify.ReasonScopeMalformed, claim("scope", "difi:api3 difi:api3\x7f")},
	{"scope with an end of text", verify.ReasonScopeMalformed, claim("scope", "difi:api3\x00.write")},
	{"thousands of scopes", verify.ReasonScopeMalformed, claim("scope", strings.Repeat("a ", 3000)+"difi:api3")},
	{"token_type of an ID token", verify.ReasonTokenType, claim("token_type", "ID")},
	{"token_type a list", verify.ReasonTokenType, claim("token_type", []string{"Bearer"})},
	{"aud a number", verify.ReasonAudienceMalformed, claim("aud", 1)},
	{"aud with a number", verify.ReasonAudienceMalformed, claim("aud", []any{"https://api.example.no/", 1})},
	{"pid too short", verify.ReasonPIDMalformed, claim("pid", "0101700000")},
	{"pid with letters", verify.ReasonPIDMalformed, claim("pid", "0101700000x")},
	{"pid empty", verify.ReasonPIDMalformed, claim("pid", "")},
	{"pid a number", verify.ReasonPIDMalformed, claim("pid", 12345678901)},
	{"details an object", verify.ReasonDetailsMalformed, claim("authorization_details", map[string]any{"type": "x"})},
	{"detail a string", verify.ReasonDetailsMalformed, claim("authorization_details", []any{"urn:altinn:systemuser"})},
	{"detail without type", verify.ReasonDetailsMalformed, claim("authorization_details", []any{map[string]any{}})},
	{"system user without organisation", verify.ReasonDetailsMalformed, claim("authorization_details", []any{systemUser("systemuser_org", nil)})},
	{"system user without ID", verify.ReasonDetailsMalformed, claim("authorization_details", []any{systemUser("systemuser_id", []string{})})},
	{"system user with an empty ID", verify.ReasonDetailsMalformed, claim("authorization_details", []any{systemUser("systemuser_id", []string{""})})},
	{"system user's ID a number", verify.ReasonDetailsMalformed, claim("authorization_details", []any{systemUser("systemuser_id", 1)})},
	{"system user's system a number", verify.ReasonDetailsMalformed, claim("authorization_details", []any{systemUser("system_id", 1)})},
	{"system user's reference a number", verify.ReasonDetailsMalformed, claim("authorization_details", []any{systemUser("externalRef", 1)})},
	{"jti a number", verify.ReasonClaimMalformed, claim("jti", 1)},
	{"client_id an object", verify.ReasonClaimMalformed, claim("client_id", map[string]any{})},
	{"sub null", verify.ReasonClaimMalformed, added(`"sub":null`)},
}

func systemUser(name string, value any) map[string]any {
	user := map[string]any{
		"type": maskinporten.AuthorizationTypeSystemUser, "systemuser_org": party(nav),
		"systemuser_id": []string{"a2ed712d-4144-4471-839f-80ae4a68146b"}, "system_id": vendor + "_system",
	}
	user[name] = value
	return user
}
