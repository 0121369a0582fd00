module github.com/maskinporten-go/maskinporten/internal/dev/bench/peers

go 1.26.0
