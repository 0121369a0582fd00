module hello.example/maskinporten

go 1.26.0

replace github.com/maskinporten-go/maskinporten => ../../../../..

require github.com/maskinporten-go/maskinporten v0.0.0-00010101000000-000000000000

require (
	github.com/go-jose/go-jose/v4 v4.1.9 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	golang.org/x/crypto v0.59.0 // indirect
	golang.org/x/oauth2 v0.38.0 // indirect
	software.sslmate.com/src/go-pkcs12 v0.7.4 // indirect
)
