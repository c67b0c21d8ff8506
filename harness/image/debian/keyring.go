package debian

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The places where Debian and its derivatives keep the archive's keys.
var hostKeyrings = []string{
	"/usr/share/keyrings/debian-archive-keyring.gpg",
	"/usr/share/keyrings/debian-archive-keyring.pgp",
	"/etc/apt/trusted.gpg.d",
}

// keys is a set of archive keys and where they came from.
type keys struct {
	entities openpgp.EntityList
	from     []string
}

// findKeys gathers the keys that may sign the archive: the caller's keyring if
// it named one, else the sources' Signed-By, else the host's own.
func findKeys(root, configured string, signedBy []string) (keys, error) {
	var k keys
	if configured != "" {
		// A keyring that was asked for must be usable; no other takes its place.
		if err := k.add("", configured); err != nil {
			return keys{}, fmt.Errorf("read keyring: %w", err)
		}
		return k, nil
	}
	var causes []error
	for _, s := range signedBy {
		if strings.HasPrefix(s, armorStart) {
			causes = append(causes, k.add(root, s))
			continue
		}
		for path := range strings.FieldsFuncSeq(s, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }) {
			if filepath.IsAbs(path) { // else a fingerprint of a key in the host's keyrings
				causes = append(causes, k.add(root, path))
			}
		}
	}
	if len(k.entities) > 0 {
		return k, nil
	}
	for _, path := range hostKeyrings {
		err := k.add(root, path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			causes = append(causes, err)
		}
	}
	if len(k.entities) == 0 {
		causes = append(causes, errors.New("none of "+strings.Join(hostKeyrings, ", ")+" holds a key"))
		return keys{}, fmt.Errorf("find archive keys: %w", errors.Join(causes...))
	}
	return k, nil
}

const armorStart = "-----BEGIN PGP PUBLIC KEY BLOCK"

// add reads a keyring: a file, a directory of files, or an armoured key itself.
func (k *keys) add(root, keyring string) error {
	if strings.HasPrefix(keyring, armorStart) {
		return k.addBytes("the source's own key", []byte(keyring))
	}
	if fi, err := os.Stat(filepath.Join(root, keyring)); err == nil && fi.IsDir() {
		found, err := os.ReadDir(filepath.Join(root, keyring))
		if err != nil {
			return err
		}
		for _, e := range found {
			if ext := filepath.Ext(e.Name()); ext == ".gpg" || ext == ".asc" || ext == ".pgp" {
				// apt skips what it cannot read here, too.
				_ = k.add(root, filepath.Join(keyring, e.Name()))
			}
		}
		return nil
	}
	b, err := readKeyFile(root, keyring)
	if err != nil {
		return err
	}
	return k.addBytes(keyring, b)
}

func (k *keys) addBytes(from string, b []byte) error {
	n := len(k.entities)
	var err error
	if bytes.Contains(b, []byte(armorStart)) {
		for _, block := range bytes.SplitAfter(b, []byte("-----END PGP PUBLIC KEY BLOCK-----")) {
			if !bytes.Contains(block, []byte(armorStart)) {
				continue
			}
			var list openpgp.EntityList
			if list, err = openpgp.ReadArmoredKeyRing(bytes.NewReader(block)); err == nil {
				k.entities = append(k.entities, list...)
			}
		}
	} else {
		var list openpgp.EntityList
		if list, err = openpgp.ReadKeyRing(bytes.NewReader(b)); err == nil {
			k.entities = append(k.entities, list...)
		}
	}
	if len(k.entities) == n {
		if err == nil {
			err = errors.New("no key in it")
		}
		return fmt.Errorf("read keyring %s: %w", from, err)
	}
	k.from = append(k.from, from)
	return nil
}

// verifyInline checks a clear-signed file (InRelease) and gives the text that
// was signed, which alone may be used afterwards.
func (k keys) verifyInline(data []byte, now time.Time) ([]byte, error) {
	block, _ := clearsign.Decode(data)
	if block == nil {
		return nil, errors.New("it is not a clear-signed file")
	}
	sigs, err := io.ReadAll(io.LimitReader(block.ArmoredSignature.Body, maxLine))
	if err != nil {
		return nil, fmt.Errorf("read its signature: %w", err)
	}
	if err := k.verify(block.Bytes, sigs, now); err != nil {
		return nil, err
	}
	return block.Plaintext, nil
}

// verifyDetached checks data against a detached signature (Release.gpg), binary
// or armoured.
func (k keys) verifyDetached(data, sig []byte, now time.Time) error {
	if block, err := armor.Decode(bytes.NewReader(sig)); err == nil {
		if sig, err = io.ReadAll(io.LimitReader(block.Body, maxLine)); err != nil {
			return fmt.Errorf("read its signature: %w", err)
		}
	}
	return k.verify(data, sig, now)
}

// verify accepts signed if any of the signatures is good. A suite is signed by
// the keys of several releases; some of them may be unknown here, or expired.
func (k keys) verify(signed, sigs []byte, now time.Time) error {
	packets := packet.NewOpaqueReader(bytes.NewReader(sigs))
	config := &packet.Config{Time: func() time.Time { return now }}
	var causes []error
	for {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(append(causes, fmt.Errorf("read its signature: %w", err))...)
		}
		var one bytes.Buffer
		if err := p.Serialize(&one); err != nil {
			return err
		}
		_, err = openpgp.CheckDetachedSignature(k.entities, bytes.NewReader(signed), &one, config)
		if err == nil {
			return nil
		}
		causes = append(causes, err)
	}
	if len(causes) == 0 {
		return errors.New("it carries no signature")
	}
	return fmt.Errorf("no good signature by a key of %s: %w", strings.Join(k.from, ", "), errors.Join(causes...))
}

// clearText gives the text of a clear-signed file without checking it.
func clearText(data []byte) []byte {
	if block, _ := clearsign.Decode(data); block != nil {
		return block.Plaintext
	}
	return data
}
