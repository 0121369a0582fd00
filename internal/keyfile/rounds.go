package keyfile

import "encoding/asn1"

const (
	// maxRounds bounds what deriving keys from a password may cost: some
	// seconds. OpenSSL writes files with 2,048 rounds for each key, keytool
	// with 10,000; advice for passwords of people goes up to 1.3 million.
	maxRounds = 5_000_000
	// maxNesting is more than PKCS#12 files are nested.
	maxNesting = 24
)

// tooManyRounds reports whether a PKCS#12 file asks, in what can be read
// without its password, for more rounds than maxRounds in all. Decoding would
// obey before the password is tried.
func tooManyRounds(data []byte) bool { return rounds(data, 0) > maxRounds }

// rounds adds up the integers that follow a salt: in the parameters of PBKDF2
// (RFC 8018, A.2) and of PKCS#12's own schemes (RFC 7292, C), and in MacData
// (4). It doesn't judge the rest, which may be no ASN.1 at all.
func rounds(data []byte, depth int) (sum int) {
	afterSalt := false
	for depth < maxNesting && sum <= maxRounds {
		var value asn1.RawValue
		rest, err := asn1.Unmarshal(data, &value)
		if err != nil {
			return sum
		}
		if afterSalt && value.Class == asn1.ClassUniversal && value.Tag == asn1.TagInteger {
			sum += count(value.Bytes)
		} else if value.IsCompound || isSequence(value.Bytes) {
			sum += rounds(value.Bytes, depth+1)
		}
		afterSalt = value.Tag == asn1.TagOctetString
		data = rest
	}
	return sum
}

// isSequence tells the structures that octet strings hold from ciphertext, in
// which some bytes look like a salt and a number by chance.
func isSequence(data []byte) bool {
	var value asn1.RawValue
	rest, err := asn1.Unmarshal(data, &value)
	return err == nil && len(rest) == 0 && value.IsCompound && value.Tag == asn1.TagSequence
}

// count reads a whole number; one out of reach is more than maxRounds.
func count(bigEndian []byte) (n int) {
	for _, b := range bigEndian {
		if n = n<<8 | int(b); n > maxRounds {
			return maxRounds + 1
		}
	}
	return n
}
