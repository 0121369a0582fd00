package publicapi

import (
	"go/ast"
	"go/doc"
	"go/token"
)

// Undocumented lists the exported names of the package in a folder that nothing
// is said about. Values of a group share what is said about the group, and
// fields aren't looked at: some say enough by their names.
func Undocumented(folder string) ([]string, error) {
	pkg, err := read(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	note := func(name, said string) {
		if said == "" && token.IsExported(name) {
			names = append(names, name)
		}
	}
	note("Package", pkg.Doc)
	funcs := func(of string, list []*doc.Func) {
		for _, f := range list {
			if token.IsExported(f.Name) && f.Doc == "" {
				names = append(names, of+f.Name)
			}
		}
	}
	values := func(groups []*doc.Value) {
		for _, group := range groups {
			for _, spec := range group.Decl.Specs {
				if value, ok := spec.(*ast.ValueSpec); ok {
					for _, name := range value.Names {
						note(name.Name, group.Doc+value.Doc.Text()+value.Comment.Text())
					}
				}
			}
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	funcs("", pkg.Funcs)
	for _, t := range pkg.Types {
		note(t.Name, t.Doc)
		values(t.Consts)
		values(t.Vars)
		funcs("", t.Funcs)
		funcs(t.Name+".", t.Methods)
	}
	return names, nil
}

// Aliases lists the exported types of the package in a folder that are other
// names of types elsewhere, whose fields and methods its documentation lacks.
func Aliases(folder string) ([]string, error) {
	pkg, err := read(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range pkg.Types {
		for _, spec := range t.Decl.Specs {
			if declared, ok := spec.(*ast.TypeSpec); ok && declared.Assign.IsValid() && token.IsExported(t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	return names, nil
}
