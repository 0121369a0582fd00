// Package publicapi writes down what a package exports, one declaration a
// line, so that a change of the public face is seen as a change of a file.
package publicapi

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// Of lists the exported declarations of the package in a folder, sorted, with
// the exported fields and methods of its types and without comments.
func Of(folder string) (string, error) {
	pkg, err := read(folder)
	if err != nil {
		return "", err
	}
	list := &lister{}
	list.values(pkg.Consts)
	list.values(pkg.Vars)
	list.funcs(pkg.Funcs)
	for _, t := range pkg.Types {
		list.values(t.Consts)
		list.values(t.Vars)
		list.funcs(t.Funcs)
		list.funcs(t.Methods)
		list.types(t)
	}
	slices.Sort(list.lines)
	return strings.Join(list.lines, "\n") + "\n", list.err
}

// read parses the package in a folder, with its comments.
func read(folder string) (*doc.Package, error) {
	// build.ImportDir leaves tests and other systems' files out.
	found, err := build.ImportDir(folder, 0)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range found.GoFiles {
		file, err := parser.ParseFile(files, filepath.Join(folder, name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	return doc.NewFromFiles(files, parsed, found.ImportPath)
}

type lister struct {
	lines []string
	err   error
}

func (l *lister) values(groups []*doc.Value) {
	for _, group := range groups {
		for _, spec := range group.Decl.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, name := range value.Names {
				if !name.IsExported() {
					continue
				}
				one := &ast.ValueSpec{Names: []*ast.Ident{{Name: name.Name}}, Type: value.Type}
				if i < len(value.Values) && group.Decl.Tok == token.CONST {
					one.Values = value.Values[i : i+1]
				}
				l.add(&ast.GenDecl{Tok: group.Decl.Tok, Specs: []ast.Spec{one}})
			}
		}
	}
}

func (l *lister) funcs(funcs []*doc.Func) {
	for _, f := range funcs {
		declared := *f.Decl
		declared.Body = nil
		l.add(&declared)
	}
}

// types writes a struct or an interface as one line for each member.
func (l *lister) types(t *doc.Type) {
	for _, spec := range t.Decl.Specs {
		declared, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		var kind string
		var members *ast.FieldList
		switch shape := declared.Type.(type) {
		case *ast.StructType:
			kind, members = "struct", shape.Fields
		case *ast.InterfaceType:
			kind, members = "interface", shape.Methods
		default:
			l.add(&ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{spec}})
			continue
		}
		head := fmt.Sprintf("type %s %s", t.Name, kind)
		l.lines = append(l.lines, head)
		for _, member := range members.List {
			l.member(head, member)
		}
	}
}

func (l *lister) member(head string, member *ast.Field) {
	tag := ""
	if member.Tag != nil {
		tag = " " + member.Tag.Value
	}
	kind := l.text(member.Type)
	if len(member.Names) == 0 {
		l.lines = append(l.lines, head+", "+kind+tag)
	}
	for _, name := range member.Names {
		if name.IsExported() {
			l.lines = append(l.lines, head+", "+name.Name+" "+kind+tag)
		}
	}
}

func (l *lister) add(declared ast.Node) { l.lines = append(l.lines, l.text(declared)) }

// text prints a node on one line.
func (l *lister) text(node ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), node); err != nil && l.err == nil {
		l.err = err
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
