// Package openapi describes what the mock serves in OpenAPI 3.1. The
// description is written by hand, in one JSON file for each subject, which are
// joined here.
package openapi

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
)

//go:embed *.json
var files embed.FS

// parts are the files, in the order of their tags. Each holds some members of
// the whole document.
var parts = []string{
	"info", "common", "token", "scopes", "scopemodel", "access", "clients", "clientmodel", "keys", "onbehalfof", "altinn", "integrations", "portal",
}

// controlParts describe the control API.
var controlParts = []string{"control", "controldata", "controlmodel", "worldmodel"}

// document is an OpenAPI document, as far as it has to be understood.
type document struct {
	OpenAPI    string                                `json:"openapi,omitzero"`
	Info       json.RawMessage                       `json:"info,omitzero"`
	Dialect    string                                `json:"jsonSchemaDialect,omitzero"`
	Servers    []server                              `json:"servers,omitzero"`
	Tags       []json.RawMessage                     `json:"tags,omitzero"`
	Paths      map[string]pathItem                   `json:"paths"`
	Components map[string]map[string]json.RawMessage `json:"components"`
}

type pathItem map[string]json.RawMessage

type server struct {
	URL         string `json:"url"`
	Description string `json:"description,omitzero"`
}

// Document describes a server at a base address, which serves these
// environments, with or without its control API.
func Document(base string, environments []string, control bool) ([]byte, error) {
	doc, err := join(files, names(control))
	if err != nil {
		return nil, err
	}
	base = strings.TrimRight(base, "/")
	for _, name := range []string{"test", "prod", "ver1", "ver2"} {
		if slices.Contains(environments, name) {
			doc.Servers = append(doc.Servers, environment(base, name))
		}
	}
	once, err := json.Marshal([]server{{URL: base}})
	if err != nil {
		return nil, err
	}
	for path, item := range doc.Paths {
		if !ofEnvironment(path) {
			item["servers"] = once
		}
	}
	return json.Marshal(doc)
}

// environment is the server of one environment.
func environment(base, name string) server {
	switch name {
	case "test":
		return server{base, "The test environment"}
	case "prod":
		return server{base + "/prod", "Production"}
	default:
		return server{base + "/" + name, "The test environment " + name + ", which the real service has closed"}
	}
}

// ofEnvironment reports whether each environment has a path, as opposed to the
// whole server.
func ofEnvironment(path string) bool {
	return !strings.HasPrefix(path, "/_mock/") && !strings.HasPrefix(path, "/portal/") && path != "/openapi.json" && path != "/world.schema.json"
}

// names are those of the parts, with or without the control API's.
func names(control bool) []string {
	if control {
		return slices.Concat(parts, controlParts)
	}
	return parts
}

// join reads the parts of a document.
func join(files fs.FS, names []string) (*document, error) {
	doc := &document{Paths: map[string]pathItem{}, Components: map[string]map[string]json.RawMessage{}}
	for _, name := range names {
		data, err := fs.ReadFile(files, name+".json")
		if err != nil {
			return nil, fmt.Errorf("openapi: %w", err)
		}
		var part document
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("openapi: %s.json: %w", name, err)
		}
		if err := doc.add(part); err != nil {
			return nil, fmt.Errorf("openapi: %s.json: %w", name, err)
		}
	}
	return doc, nil
}

func (d *document) add(part document) error {
	if part.OpenAPI != "" {
		d.OpenAPI, d.Info, d.Dialect = part.OpenAPI, part.Info, part.Dialect
	}
	d.Tags = append(d.Tags, part.Tags...)
	for path, item := range part.Paths {
		if _, ok := d.Paths[path]; ok {
			return fmt.Errorf("the path %s is described twice", path)
		}
		d.Paths[path] = item
	}
	for kind, components := range part.Components {
		if d.Components[kind] == nil {
			d.Components[kind] = map[string]json.RawMessage{}
		}
		for name, component := range components {
			if _, ok := d.Components[kind][name]; ok {
				return fmt.Errorf("%s.%s is described twice", kind, name)
			}
			d.Components[kind][name] = component
		}
	}
	return nil
}

// Operation is one of the document's.
type Operation struct {
	Method, Path string
	// Scopes are the OAuth scopes each of which allows it, sorted; none: an
	// open call, or one that goes by something else than an access token.
	Scopes []string
}

// Operations lists what the document describes, by path and method.
func Operations() ([]Operation, error) {
	doc, err := join(files, names(true))
	if err != nil {
		return nil, err
	}
	var list []Operation
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
			data, ok := doc.Paths[path][strings.ToLower(method)]
			if !ok {
				continue
			}
			scopes, err := scopesOf(data)
			if err != nil {
				return nil, fmt.Errorf("openapi: %s %s: %w", method, path, err)
			}
			list = append(list, Operation{method, path, scopes})
		}
	}
	return list, nil
}

// scopesOf reads the scopes of an operation's security.
func scopesOf(operation json.RawMessage) ([]string, error) {
	var read struct {
		Security *[]map[string][]string `json:"security"`
	}
	if err := json.Unmarshal(operation, &read); err != nil {
		return nil, err
	}
	if read.Security == nil {
		return nil, errors.New("security is not stated")
	}
	var scopes []string
	for _, alternative := range *read.Security {
		scopes = append(scopes, alternative["maskinporten"]...)
	}
	slices.Sort(scopes)
	return scopes, nil
}
