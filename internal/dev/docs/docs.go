// Package docs holds the pages of the repository to what they say: each block
// of Go compiles against the module, those that are tests pass, and links to
// files and headings lead somewhere.
package docs
