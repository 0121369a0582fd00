package issuer

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

var errUnknownKey = errors.New("it is signed with a key that this environment doesn't have")

// keyring holds the keys that sign tokens. Two test keys take turns; each
// turn has a kid of its own.
type keyring struct {
	environment string
	numbers     [2]int
	overlap     time.Duration
	now         func() time.Time

	mu      sync.Mutex
	turn    int       // of the key that signs, from 0
	changed time.Time // when it began
	signers map[int]*signer
	shown   map[int]publicJWK // by turn
}

// publicJWK is a key as the key set shows it (RFC 7517).
type publicJWK struct {
	Kty string   `json:"kty"`
	Use string   `json:"use"`
	Alg string   `json:"alg"`
	Kid string   `json:"kid"`
	N   string   `json:"n"`
	E   string   `json:"e"`
	X5c []string `json:"x5c"`
}

type publicKeySet struct {
	Keys []publicJWK `json:"keys"`
}

func newKeyring(config Config) *keyring {
	k := &keyring{environment: config.Environment, numbers: config.Keys, overlap: config.KeyOverlap, now: config.Now}
	k.reset()
	return k
}

func (k *keyring) reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turn, k.changed, k.signers, k.shown = 0, time.Time{}, map[int]*signer{}, map[int]publicJWK{}
}

func (k *keyring) rotate() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.signers, k.turn)
	delete(k.shown, k.turn-1)
	k.turn++
	k.changed = k.now()
	return k.kid(k.turn)
}

func (k *keyring) kid(turn int) string {
	return name43("kid", k.environment+" "+strconv.Itoa(turn+1))
}

// currentKid names the key whose turn it is.
func (k *keyring) currentKid() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kid(k.turn)
}

func (k *keyring) number(turn int) int { return k.numbers[turn%len(k.numbers)] }

// published are the turns whose keys are in the key set, newest first. The
// caller holds the lock.
func (k *keyring) published() []int {
	if k.turn > 0 && k.now().Before(k.changed.Add(k.overlap)) {
		return []int{k.turn, k.turn - 1}
	}
	return []int{k.turn}
}

// signer signs with the key whose turn it is.
func (k *keyring) signer() (*signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if signer, ok := k.signers[k.turn]; ok {
		return signer, nil
	}
	signer, err := newSigner(k.number(k.turn), k.kid(k.turn))
	if err != nil {
		return nil, err
	}
	k.signers[k.turn] = signer
	return signer, nil
}

// public returns the published key of this name, and when it goes out of the key
// set as far as is known; zero: not yet.
func (k *keyring) public(kid string) (key *rsa.PublicKey, until time.Time, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, turn := range k.published() {
		if k.kid(turn) != kid {
			continue
		}
		private, err := testkeys.RSA(k.number(turn))
		if err != nil {
			return nil, time.Time{}, err
		}
		if turn < k.turn {
			until = k.changed.Add(k.overlap)
		}
		return &private.PublicKey, until, nil
	}
	return nil, time.Time{}, errUnknownKey
}

// document is the key set as JSON.
func (k *keyring) document() ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var set publicKeySet
	for _, turn := range k.published() {
		key, err := k.show(turn)
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, key)
	}
	return json.Marshal(set)
}

// show returns the public half of a turn's key with a certificate, which
// costs a signature the first time.
func (k *keyring) show(turn int) (publicJWK, error) {
	if key, ok := k.shown[turn]; ok {
		return key, nil
	}
	params, err := testkeys.Public(k.number(turn))
	if err != nil {
		return publicJWK{}, err
	}
	private, err := testkeys.RSA(k.number(turn))
	if err != nil {
		return publicJWK{}, err
	}
	der, err := pki.SelfSigned(private, "Maskinporten mock "+k.environment, int64(turn)+1)
	if err != nil {
		return publicJWK{}, err
	}
	key := publicJWK{
		Kty: "RSA", Use: "sig", Alg: algorithmOfTokens, Kid: k.kid(turn),
		N: params.N, E: params.E, X5c: []string{base64.StdEncoding.EncodeToString(der)},
	}
	k.shown[turn] = key
	return key, nil
}
