package maskinporten

import (
	"bytes"
	"context"
	"encoding/json"
)

// update reads an object, lets change work on it and puts it back whole. What
// is put is the object as it came, with only those members replaced that
// change has changed: whatever this version of the library doesn't know, or
// writes differently, goes back as it was. When nothing was changed, nothing
// is sent.
func update[T any](ctx context.Context, c *Client, get, put operation, change func(*T) error) (*T, error) {
	read, err := c.api.read(ctx, get)
	if err != nil {
		return nil, err
	}
	value, whole := new(T), map[string]json.RawMessage{}
	err = read.decode(ctx, value)
	if err == nil {
		err = read.decode(ctx, &whole)
	}
	if err != nil {
		return nil, err
	}
	read.log(ctx, read.status, nil)
	before, err := encodeMembers(put.name, value)
	if err != nil {
		return nil, err
	}
	if err := change(value); err != nil {
		return nil, err
	}
	after, err := encodeMembers(put.name, value)
	if err != nil {
		return nil, err
	}
	if !overlay(whole, before, after) {
		return value, nil
	}
	put.body = whole
	written, err := c.api.read(ctx, put)
	if err != nil {
		return nil, err
	}
	if !written.empty() {
		value = new(T)
		if err := written.decode(ctx, value); err != nil {
			return nil, err
		}
	}
	written.log(ctx, written.status, nil)
	return value, nil
}

func encodeMembers(operationName string, value any) (map[string]json.RawMessage, error) {
	data, err := encode(operationName, value)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	return members, json.Unmarshal(data, &members)
}

// overlay writes the differences between before and after into whole, and
// reports whether there are any.
func overlay(whole, before, after map[string]json.RawMessage) bool {
	changed := false
	for name, value := range after {
		if was, ok := before[name]; !ok || !bytes.Equal(was, value) {
			whole[name] = value
			changed = true
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			delete(whole, name)
			changed = true
		}
	}
	return changed
}
