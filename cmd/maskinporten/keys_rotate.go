package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/flagnames"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// rotateFlags are those of keys rotate.
type rotateFlags struct {
	folder   string
	old      string
	within   period
	expiring bool
	yes      bool
	maxWait  time.Duration

	scopes      []string // of the token that proves a new key
	consumerOrg string
}

func (p *program) keysRotateCommand() *cobra.Command {
	var flags rotateFlags
	cmd := &cobra.Command{
		Use: "rotate [CLIENT_ID...]", Short: "Give clients new keys, and take the old ones away",
		Long: "Gives clients new keys without a moment without one: the new key is kept in a file,\n" +
			"registered, and proved with a real token, which takes some minutes; then it is in\n" +
			"use, and the old one is taken away. --dir is where keys are: CLIENT_ID.jwk is the\n" +
			"one in use, CLIENT_ID.new.jwk one that isn't proved yet. Interrupted at any point,\n" +
			"the old key works, and the same command finishes the work.",
		Example: `  maskinporten keys rotate CLIENT_ID --dir keys
  maskinporten keys rotate --within 30d --dir keys --yes    all keys that expire soon`,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.expiring = cmd.Flags().Changed("within")
			return p.rotate(cmd.Context(), flags, args)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&flags.folder, "dir", "", "`folder` where the private keys are kept, and the new ones will be")
	cmd.Flags().Var(&flags.within, "within", "rotate the keys of all clients that expire within this time, such as 30d")
	cmd.Flags().BoolVar(&flags.yes, "yes", false, "don't ask, with --within")
	cmd.Flags().StringVar(&flags.old, "old", "", "`kid` of the key to take away, where the client has several")
	cmd.Flags().DurationVar(&flags.maxWait, "max-wait", 0, "how long the token endpoint may take to learn of a key (16m where nothing is said)")
	cmd.Flags().StringArrayVar(&flags.scopes, "scope", nil, "`scope` of the token that proves a new key (any of the client's where nothing is said)")
	cmd.Flags().StringVar(&flags.consumerOrg, "consumer-org", "", "`number` of the customer of that token, for clients that work only for others")
	p.adminFlags(cmd)
	p.targetFlags(cmd)
	return cmd
}

// proof is the token request that proves a new key.
func (f rotateFlags) proof() maskinporten.TokenRequest {
	return maskinporten.TokenRequest{Scopes: f.scopes, ConsumerOrg: maskinporten.OrgNo(f.consumerOrg)}
}

func (f rotateFlags) check(ids []string) error {
	info, err := os.Stat(f.folder)
	switch {
	case f.folder == "":
		return errors.New("where shall the new keys be? Give the folder with --dir")
	case err != nil || !info.IsDir():
		return fmt.Errorf("--dir %s: there is no such folder", f.folder)
	case f.expiring && (len(ids) > 0 || f.old != ""):
		return errors.New("--within is for all clients: leave out their ids, and --old")
	case f.consumerOrg != "" && !maskinporten.OrgNo(f.consumerOrg).Valid():
		return errors.New("--consumer-org is no organisation number")
	case f.old != "" && len(ids) > 1:
		return errors.New("--old is for one client")
	}
	for _, id := range ids {
		if strings.ContainsAny(id, `/\`) || strings.HasPrefix(id, ".") {
			return fmt.Errorf("%.40q is no client id", id)
		}
	}
	return nil
}

func (p *program) rotate(ctx context.Context, flags rotateFlags, ids []string) error {
	s, client, err := p.adminFor(!flags.expiring && len(ids) == 0)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // no work goes on
	if len(ids) == 0 && !flags.expiring {
		ids = []string{s.Client.ID}
	}
	if err := flags.check(ids); err != nil {
		return &usageError{error: err}
	}
	keys := keyFolderOf(flags.folder)
	var items []rotated
	if flags.expiring {
		if err := p.mayRotate(ctx, client, flags); err != nil {
			return err
		}
		items, err = p.rotateExpiring(ctx, client, flags, keys)
	} else {
		for _, id := range ids {
			items = append(items, p.rotateOne(ctx, client, flags, keys, id))
		}
	}
	if err != nil && len(items) == 0 {
		return err
	}
	return p.showRotated(items)
}

// mayRotate asks whether all those keys shall be rotated.
func (p *program) mayRotate(ctx context.Context, client *maskinporten.Client, flags rotateFlags) error {
	if flags.yes {
		return nil
	}
	if p.json || !terminal.IsTerminal(p.stdin) {
		return &usageError{error: errors.New("there is nobody to ask whether these keys shall be rotated: look at them with keys expiring, and give --yes")}
	}
	keys, err := client.Clients.ExpiringKeys(ctx, time.Duration(flags.within))
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return nil
	}
	if err := p.expiring(keys, flags.within.String()); err != nil {
		return err
	}
	return p.ask(ctx, "Give these clients new keys?")
}

// rotated is what became of one client, as JSON.
type rotated struct {
	ClientID   string   `json:"client_id"`
	ClientName string   `json:"client_name,omitzero"`
	OldKeys    []string `json:"old_kids,omitzero"`
	NewKey     string   `json:"new_kid,omitzero"`
	File       string   `json:"file,omitzero"`
	Status     string   `json:"status"` // done, failed or left
	Error      string   `json:"error,omitzero"`

	err error
}

func (r rotated) ended(err error, keys keyFolderOf) rotated {
	r.err, r.Status = err, "done"
	switch {
	case errors.Is(err, maskinporten.ErrNotAttempted):
		r.Status = "left"
	case err != nil:
		r.Status = "failed"
	}
	if err != nil {
		r.Error = flagnames.In(strings.TrimPrefix(err.Error(), "maskinporten: "))
	} else {
		r.File = keys.inUse(r.ClientID)
	}
	return r
}

// rotateOne gives one client a new key, or goes on with one that was begun.
func (p *program) rotateOne(ctx context.Context, client *maskinporten.Client, flags rotateFlags, keys keyFolderOf, id string) rotated {
	item := rotated{ClientID: id}
	if ctx.Err() != nil {
		return item.ended(fmt.Errorf("%w: %w", maskinporten.ErrNotAttempted, ctx.Err()), keys)
	}
	key, err := keys.begun(id)
	if err == nil && key == nil && flags.old == "" {
		err = p.knowsOld(ctx, client, keys, id)
	}
	if err == nil && key == nil {
		if key, err = maskinporten.NewKey(newKeyID(time.Now())); err == nil {
			err = keys.store(ctx, id, key)
		}
	}
	if err != nil {
		return item.ended(err, keys)
	}
	item.NewKey = key.KeyID()
	err = client.Clients.RotateKey(ctx, id, key, maskinporten.RotateOptions{
		Old: flags.old, MaxWait: flags.maxWait, Request: flags.proof(), Switch: func(ctx context.Context, key *maskinporten.Key) error { return keys.switchTo(ctx, id, key) },
		Progress: func(progress maskinporten.RotateProgress) {
			if progress.OldKey != "" && !slices.Contains(item.OldKeys, progress.OldKey) {
				item.OldKeys = append(item.OldKeys, progress.OldKey)
			}
			p.rotateProgress(progress, "")
		},
	})
	return item.ended(err, keys)
}

// knowsOld refuses to take away a key that isn't known here, since a program may be
// using it from somewhere else.
func (p *program) knowsOld(ctx context.Context, client *maskinporten.Client, keys keyFolderOf, id string) error {
	known, err := load(keys.inUse(id))
	if err != nil {
		return err
	}
	here, taken := []*maskinporten.Key{known, p.usedKey(id)}, false
	for registered, err := range client.Clients.Keys(ctx, id) {
		if err != nil {
			return err
		}
		if taken = true; slices.ContainsFunc(here, func(key *maskinporten.Key) bool { return key != nil && key.KeyID() == registered.KeyID }) {
			return nil
		}
	}
	if !taken {
		return nil
	}
	return &usageError{error: fmt.Errorf("the key that would go may be in use elsewhere: %s isn't it. Put the one in use there, or name the kid that shall go with --old", keys.inUse(id))}
}

// usedKey is the key that tokens are got with here; nil where that is another
// client's, or none can be read.
func (p *program) usedKey(id string) *maskinporten.Key {
	if id != p.used.Client.ID {
		return nil
	}
	credentials, err := p.used.ClientCredentials()
	if err != nil {
		return nil
	}
	return credentials.Key
}

func (p *program) rotateExpiring(ctx context.Context, client *maskinporten.Client, flags rotateFlags, keys keyFolderOf) ([]rotated, error) {
	result, err := client.Clients.RotateExpiring(ctx, time.Duration(flags.within), keys.store, maskinporten.RotateAllOptions{
		Stored: keys.last, Switch: keys.switchTo, MaxWait: flags.maxWait,
		Request: func(*maskinporten.ClientRegistration) maskinporten.TokenRequest { return flags.proof() },
		Progress: func(progress maskinporten.RotateAllProgress) {
			p.rotateProgress(progress.RotateProgress, fmt.Sprintf("%d/%d ", progress.Done, progress.Total))
		},
	})
	if result == nil {
		return nil, err
	}
	items := make([]rotated, len(result.Items))
	for i, item := range result.Items {
		items[i] = rotated{ClientID: item.ClientID, ClientName: item.ClientName, OldKeys: item.OldKeys, NewKey: item.NewKey}.ended(item.Err, keys)
	}
	return items, nil
}

// steps are what the steps of a rotation do, in words.
var steps = map[maskinporten.RotateStep]string{
	maskinporten.RotateCheck: "looking at its keys", maskinporten.RotateRoom: "making room", maskinporten.RotateStore: "keeping the new key",
	maskinporten.RotateAdd: "registering the new key", maskinporten.RotateProve: "waiting until tokens can be had with it",
	maskinporten.RotateSwitch: "taking it into use", maskinporten.RotateRemove: "taking the old key away", maskinporten.RotateDone: "done",
}

// rotateProgress tells people on a terminal how far it has come.
func (p *program) rotateProgress(progress maskinporten.RotateProgress, counter string) {
	if p.json || !p.err.IsTerminal || progress.Step == maskinporten.RotateDone && counter == "" {
		return
	}
	text := steps[progress.Step]
	if wait := progress.Wait; wait.Attempt > 0 {
		text += fmt.Sprintf(", for %s so far; next try %s", span(wait.Waited), ago(wait.Next))
	}
	p.err.Printf("%s\n", p.err.Dim(counter+progress.ClientID+": "+text))
}

func (p *program) showRotated(items []rotated) error {
	if p.json {
		if err := p.writeJSON(append([]rotated{}, items...)); err != nil {
			return err
		}
	}
	done, failed, left := 0, 0, 0
	var errs []error
	for _, item := range items {
		switch item.Status {
		case "done":
			done++
		case "failed":
			failed++
		default:
			left++
		}
		errs = append(errs, item.err)
		if !p.json {
			p.showOneRotated(item)
		}
	}
	if failed+left == 0 {
		if len(items) == 0 && !p.json {
			p.err.Printf("no key expires so soon: nothing was changed\n")
		}
		return nil
	}
	text := fmt.Sprintf("%d of %d clients have new keys", done, len(items))
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if left > 0 {
		text += fmt.Sprintf(", %d not tried", left)
	}
	cause := errors.Join(errs...)
	if _, ok := errors.AsType[*usageError](cause); !ok {
		text += "; run it again to finish"
	}
	return &wordedError{cause, text}
}

func (p *program) showOneRotated(item rotated) {
	name := p.out.Name(item.ClientID)
	if item.ClientName != "" {
		name = terminal.Clean(item.ClientName) + " (" + name + ")"
	}
	switch item.Status {
	case "done":
		p.out.Printf("%s %s: the new key %s is in %s\n", p.out.Good("✓"), name, p.out.Name(item.NewKey), item.File)
		if used := p.usedKey(item.ClientID); used != nil && slices.Contains(item.OldKeys, used.KeyID()) {
			p.out.Printf("  Use it in place of the key %s, which tokens are got with here and which works no more.\n", p.out.Name(used.KeyID()))
		}
	case "left":
		p.out.Printf("%s %s: not tried\n", p.out.Warning("-"), name)
	default:
		p.out.Printf("%s %s\n", p.out.Bad("✗"), name)
		p.out.Wrapped("  ", "  ", item.Error)
	}
}
