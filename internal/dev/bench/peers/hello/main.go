// Program hello is what the others are compared with.
package main

import "fmt"

func main() { fmt.Println("hello") }
