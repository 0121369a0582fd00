// Program github makes one call with Google's SDK of GitHub.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/google/go-github/v84/github"
)

func main() {
	fmt.Println(github.NewClient(nil).WithAuthToken(os.Getenv("TOKEN")).Users.Get(context.Background(), ""))
}
