module github.com/maskinporten-go/maskinporten/internal/bench/peers

go 1.26.0
