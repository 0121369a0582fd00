// Package flagnames puts the names of flags into texts in place of the library's.
package flagnames

import "strings"

var names = strings.NewReplacer(
	"desired.Apply: changes: ", "apply: this ", "give AllowEmpty", "give --allow-empty", "give MaxRemovedPercent", "give --max-removed",
	"set RotateOptions.Request", "name one with --scope", "set RotateOptions.Old", "name it with --old", "Clients.RotateKey: Old: ", "--old: ",
	"KeyOptions.KeyID", "--kid", "KeyOptions.Name", "--key-name", "use LoadKeyFile", "name files with --key or MASKINPORTEN_KEY_FILE",
	"make one with NewKey", "make one with maskinporten keys new", "Endpoints.Issuer: is no URL", "--issuer is no URL, such as https://test.maskinporten.no/",
	"or custom Endpoints", "or an address with --issuer",
)

// In returns the text with the names of flags.
func In(text string) string { return names.Replace(text) }
