package keyfile

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Chain picks from certificates in any order those that belong to a public
// key: its own first, each issuer behind what it issued (RFC 7515, 4.1.6).
// What doesn't belong is left out. It is nil if none is the key's own.
func Chain(certificates []*x509.Certificate, public crypto.PublicKey) []*x509.Certificate {
	own := newest(certificates, func(c *x509.Certificate) bool { return sameKey(c.PublicKey, public) })
	if own == nil {
		return nil
	}
	return chainOf(own, certificates)
}

// Bundle orders the certificates of a file that has no key beside them. The
// leaf is the one that certifies no other; where that isn't one, or is an
// authority's, the error says so.
func Bundle(certificates []*x509.Certificate) ([]*x509.Certificate, error) {
	leaves := slices.DeleteFunc(slices.Clone(certificates), func(c *x509.Certificate) bool {
		return slices.ContainsFunc(certificates, func(other *x509.Certificate) bool { return !sameHolder(c, other) && certifies(c, other) })
	})
	if len(leaves) == 0 {
		return nil, errors.New("has no certificate that is a key's own: keep the leaf and its chain")
	}
	leaf := leaves[0]
	for _, other := range leaves[1:] {
		if !sameKey(other.PublicKey, leaf.PublicKey) {
			return nil, errors.New("has certificates of several keys, " + names(leaves) + ": keep one and its chain")
		}
		if other.NotAfter.After(leaf.NotAfter) {
			leaf = other
		}
	}
	if leaf.IsCA && !certifies(leaf, leaf) {
		return nil, errors.New("has certificates of authorities only, " + names(certificates) + ": the certificate of the key itself is missing")
	}
	return chainOf(leaf, certificates), nil
}

// chainOf puts behind a certificate those that lead to its root.
func chainOf(leaf *x509.Certificate, certificates []*x509.Certificate) []*x509.Certificate {
	chain := []*x509.Certificate{leaf}
	for {
		last := chain[len(chain)-1]
		issuer := newest(certificates, func(c *x509.Certificate) bool {
			return certifies(c, last) && !slices.ContainsFunc(chain, func(have *x509.Certificate) bool { return sameHolder(have, c) })
		})
		if issuer == nil {
			return chain
		}
		chain = append(chain, issuer)
	}
}

// newest returns the one that lasts longest: a file may hold a certificate
// and the one that replaced it.
func newest(certificates []*x509.Certificate, fits func(*x509.Certificate) bool) (found *x509.Certificate) {
	for _, c := range certificates {
		if fits(c) && (found == nil || c.NotAfter.After(found.NotAfter)) {
			found = c
		}
	}
	return found
}

// certifies reports whether one certificate issued the other. It judges the
// signature only: what the issuer may do is the service's business. For old
// signatures, which Go doesn't check, names and key ids stand in.
func certifies(issuer, issued *x509.Certificate) bool {
	if !bytes.Equal(issuer.RawSubject, issued.RawIssuer) {
		return false
	}
	if len(issued.AuthorityKeyId) > 0 && len(issuer.SubjectKeyId) > 0 && !bytes.Equal(issued.AuthorityKeyId, issuer.SubjectKeyId) {
		return false
	}
	err := issuer.CheckSignature(issued.SignatureAlgorithm, issued.RawTBSCertificate, issued.Signature)
	if _, old := errors.AsType[x509.InsecureAlgorithmError](err); old {
		return true
	}
	return err == nil
}

// sameHolder reports whether two certificates say the same: one and its
// copy, or its successor.
func sameHolder(one, two *x509.Certificate) bool {
	return sameKey(one.PublicKey, two.PublicKey) && bytes.Equal(one.RawSubject, two.RawSubject)
}

func sameKey(one, two crypto.PublicKey) bool {
	public, ok := one.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(two)
}

// names lists whom certificates are for, shortened.
func names(certificates []*x509.Certificate) string {
	const most = 4
	var all []string
	for _, c := range certificates[:min(len(certificates), most)] {
		all = append(all, fmt.Sprintf("%.40q", c.Subject.CommonName))
	}
	if len(certificates) > most {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}
