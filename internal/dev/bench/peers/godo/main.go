// Program godo makes one call with DigitalOcean's SDK.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/digitalocean/godo"
)

func main() {
	fmt.Println(godo.NewFromToken(os.Getenv("TOKEN")).Account.Get(context.Background()))
}
