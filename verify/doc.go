// Package verify checks Maskinporten's access tokens, for those who provide an
// API: that a token is genuine and alive, and that it is enough for what is
// asked for.
//
//	v, err := verify.New(maskinporten.Test, verify.WithObserver(verify.AuditLog(slog.Default())))
//	…
//	mux.Handle("GET /things", v.Middleware(list, verify.RequireScope("difi:things.read")))
//
// A handler behind it learns from [FromContext] who calls, and for whom.
//
// A genuine token alone says little: every organisation in Norway can get one,
// with scopes of its own. What counts is a scope of yours, which is why each
// route names one.
//
// # Servers that don't speak net/http
//
// [Verifier.Verify] takes the token itself. In gRPC calls and streams have
// interceptors of their own, and a server needs both: with the first alone its
// streams are open to everybody.
//
//	func authorize(ctx context.Context, v *verify.Verifier, scope verify.ScopeRequirement) (context.Context, error) {
//		var token string
//		if values := metadata.ValueFromIncomingContext(ctx, "authorization"); len(values) == 1 && len(values[0]) > 7 && strings.EqualFold(values[0][:7], "Bearer ") {
//			token = values[0][7:]
//		}
//		claims, err := v.Verify(ctx, token, scope)
//		if refusal, ok := errors.AsType[*verify.Error](err); ok {
//			code := codes.Unauthenticated
//			switch refusal.Status() {
//			case http.StatusForbidden:
//				code = codes.PermissionDenied
//			case http.StatusServiceUnavailable:
//				code = codes.Unavailable
//			}
//			return nil, status.Error(code, "the access token doesn't give access")
//		}
//		return verify.NewContext(ctx, claims), nil
//	}
//
//	func forCalls(v *verify.Verifier, scope verify.ScopeRequirement) grpc.UnaryServerInterceptor {
//		return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
//			ctx, err := authorize(ctx, v, scope)
//			if err != nil {
//				return nil, err
//			}
//			return handle(ctx, request)
//		}
//	}
//
//	type authorized struct { // a stream that has the claims
//		grpc.ServerStream
//		ctx context.Context
//	}
//
//	func (s authorized) Context() context.Context { return s.ctx }
//
//	func forStreams(v *verify.Verifier, scope verify.ScopeRequirement) grpc.StreamServerInterceptor {
//		return func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
//			ctx, err := authorize(stream.Context(), v, scope)
//			if err != nil {
//				return err
//			}
//			return handle(server, authorized{stream, ctx})
//		}
//	}
//
// # Keys
//
// An issuer's keys are fetched once, when the first token comes, and then
// every quarter of an hour in the background. A token with an unknown kid, or
// whose signature doesn't fit its key, lets them be fetched at once and past
// caches, by one request for all that wait; three times in a row for kids, once
// for signatures, and then every ten seconds. While keys can't be fetched, the last
// good ones go on serving; a token that its key fits never waits for the issuer.
//
// # Tokens that come again
//
// A token that was let in is remembered until it expires or its key leaves the
// key set: some 8,000 are, and none that was refused. Checking it again costs
// about as much as its SHA-256, a thirtieth of a new one's check. All that may
// change is judged again: its times, its audience, and what the route requires.
// See [WithoutVerifiedCache].
//
// # What a token has to be
//
// Signed with RS256, RS384 or RS512 by a key that its issuer publishes for
// that; iss is the issuer's to the letter; exp has not passed and iat has, give
// or take ten seconds ([WithLeeway]); the consumer is an organisation. No
// name may be there twice. sub, nbf and aud may be missing, as they are in real
// tokens, but where [WithResource] names this API, aud must have it. Keys that
// a token brings along are never used, and such a token is refused.
package verify
