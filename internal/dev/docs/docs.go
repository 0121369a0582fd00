// Package docs tests that the pages of the repository are right: each block
// of Go compiles against the module, those that are tests pass, command lines
// run, and links to files and headings lead somewhere.
//
// A comment on the line before a block says what can't be seen from it; readers
// of the page don't see the comment:
//
//	<!-- file: test.mjs -->        the reader saves it under this name, for the commands that follow
//	<!-- runs on: 8080 -->         it starts a server on that port, which goes on while the rest of the page runs
//	<!-- printed -->               the page's commands have printed these lines; within a text, <!-- printed: … -->
//	<!-- not run: it needs … -->   why it can't be tried
package docs
