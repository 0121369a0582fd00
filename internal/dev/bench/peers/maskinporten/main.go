// Program maskinporten makes one call with the SDK.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/maskinporten-go/maskinporten"
)

func main() {
	key, err := maskinporten.KeyFromJWK([]byte(os.Getenv("KEY")))
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := maskinporten.New(maskinporten.Test, maskinporten.Credentials{ClientID: os.Getenv("CLIENT_ID"), Key: key})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Scopes.Get(context.Background(), "difi:api3"))
}
