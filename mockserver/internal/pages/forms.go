package pages

import (
	"slices"
	"strings"
)

// The kinds of fields.
const (
	kindText     = "text"
	kindEmail    = "email"
	kindPassword = "password"
	kindTel      = "tel"
	kindNumber   = "number"
	kindArea     = "textarea"
	kindSelect   = "select"
	kindRadios   = "radios"
	kindChecks   = "checkboxes"
	kindCheck    = "checkbox"
	kindHidden   = "hidden"
	kindFile     = "file"
)

// field is a field of a form, as the template shows it. Its label and hint are the
// texts "field.<form>.<name>" and "field.<form>.<name>.hint".
type field struct {
	Name, Kind   string
	Label, Hint  string
	Values       []string // one, but for checkboxes
	Options      []choice
	Error        string
	Optional     bool
	Autocomplete string
	Rows         int    // of a textarea
	Group        string // the heading that stands above
	Short        bool   // its values are
	Foreign      bool   // the error is in English, whatever the visitor's language is
	of           string // begins the id, where a page has several forms
}

// choice is one of the values that a field may have.
type choice struct {
	Value, Label, Hint string
}

// ID is the field's id in the page. That of the first choice is the same, so that
// links from the list of errors lead to it.
func (f *field) ID() string {
	return "f-" + f.of + strings.NewReplacer("[", "-", "]", "", ".", "-", "#", "-").Replace(f.Name)
}

// Value is the value of a field that has one.
func (f *field) Value() string {
	if len(f.Values) == 0 {
		return ""
	}
	return f.Values[0]
}

// Has reports whether a value is chosen.
func (f *field) Has(value string) bool { return slices.Contains(f.Values, value) }

// Described names the elements that describe the field, for aria-describedby.
func (f *field) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID()+"-error")
	}
	return strings.Join(ids, " ")
}

// form is a form with what was filled in and what was wrong with it.
type form struct {
	Name   string
	Fields []*field
	// Errors are what no field is to blame for.
	Errors []string
	// API is the refusal in the words of the API.
	API string
}

// form makes a form of this name; fill puts values in.
func (v *visit) form(name string, fields ...*field) *form {
	texts := catalogues()[v.lang]
	for _, f := range fields {
		if f.Label == "" {
			f.Label = texts.text("field." + name + "." + f.Name)
		}
		if f.Hint == "" {
			f.Hint = texts.optional("field." + name + "." + f.Name + ".hint")
		}
	}
	return &form{Name: name, Fields: fields}
}

// Field finds a field by its name; nil: there is none.
func (f *form) Field(name string) *field {
	for _, field := range f.Fields {
		if field.Name == name {
			return field
		}
	}
	return nil
}

// Failed reports whether anything was wrong.
func (f *form) Failed() bool {
	return len(f.Errors) > 0 || slices.ContainsFunc(f.Fields, func(f *field) bool { return f.Error != "" })
}

// set gives a field its values.
func (f *form) set(name string, values ...string) *form {
	if field := f.Field(name); field != nil {
		field.Values = values
	}
	return f
}

// read takes what was sent. Blanks around a text are nobody's wish; line ends are
// those of the browser.
func (v *visit) read(f *form) *form {
	for _, field := range f.Fields {
		var values []string
		for _, value := range v.r.PostForm[field.Name] {
			if field.Kind != kindPassword {
				value = strings.TrimSpace(value)
			}
			values = append(values, strings.ReplaceAll(value, "\r\n", "\n"))
		}
		field.Values = values
	}
	return f
}

// value is what was filled in; secret fields are never shown again.
func (f *form) value(name string) string {
	if field := f.Field(name); field != nil {
		return field.Value()
	}
	return ""
}

// values are all that was chosen.
func (f *form) values(name string) []string {
	if field := f.Field(name); field != nil {
		return slices.DeleteFunc(slices.Clone(field.Values), func(s string) bool { return s == "" })
	}
	return nil
}

// checked reports whether a single box was ticked.
func (f *form) checked(name string) bool { return f.value(name) != "" }

// lines are the lines of a text that aren't blank.
func (f *form) lines(name string) []string {
	var list []string
	for line := range strings.Lines(f.value(name)) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// fail says what is wrong with a field, in the visitor's language.
func (v *visit) fail(f *form, name, key string, args ...any) {
	if field := f.Field(name); field != nil {
		field.Error = v.text(key, args...)
		return
	}
	f.Errors = append(f.Errors, v.text(key, args...))
}
