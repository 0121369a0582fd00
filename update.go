package maskinporten

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// update reads an object, lets change work on it and puts it back whole. What
// is put is the object as it came, with only those members replaced that
// change has changed: whatever this version of the library doesn't know, or
// writes differently, goes back as it was. When nothing was changed, nothing
// is sent.
func update[T any](ctx context.Context, c *Client, get, put operation, change func(*T) error) (*T, error) {
	raw, tries, err := c.api.read(ctx, get)
	if err != nil {
		return nil, err
	}
	value := new(T)
	if err := decode(raw, value); err != nil {
		return nil, tries.misunderstood(err)
	}
	before, err := encodeMembers(value)
	if err != nil {
		return nil, err
	}
	if err := change(value); err != nil {
		return nil, err
	}
	after, err := encodeMembers(value)
	if err != nil {
		return nil, fmt.Errorf("maskinporten: %s: cannot be encoded: %w", put.name, err)
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, tries.misunderstood(err)
	}
	if !overlay(whole, before, after) {
		return value, nil
	}
	put.body = whole
	answer, tries, err := c.api.read(ctx, put)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(answer)) == 0 {
		return value, nil
	}
	result := new(T)
	if err := decode(answer, result); err != nil {
		return nil, tries.misunderstood(err)
	}
	return result, nil
}

func encodeMembers(value any) (map[string]json.RawMessage, error) {
	data, err := json.Marshal(value)
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
