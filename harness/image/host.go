package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seatrial/seatrial/harness/image/debian"
)

// Where systems keep their bundle of certificates and their time zones; the
// former as in crypto/x509.
var (
	hostBundles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}
	hostZones = []string{"/usr/share/zoneinfo", "/var/db/timezone/zoneinfo"}
)

// assembleFromHost makes the scratch base without Debian: it needs nothing but
// data that any host has. It is not kept on disk, so that the next run tries for
// Debian's again.
func (s *Store) assembleFromHost(ctx context.Context, r recipe) (Ref, error) {
	t := debian.NewTree()
	var bundle string
	for _, name := range hostBundles {
		b, err := os.ReadFile(name)
		if err == nil && bytes.Contains(b, []byte("-----BEGIN CERTIFICATE-----")) {
			bundle = name
			if err := t.WriteFile(debian.CABundle, b, 0o644); err != nil {
				return Ref{}, err
			}
			break
		}
	}
	if bundle == "" {
		return Ref{}, errors.New("this host has no bundle of certificates: none of " + strings.Join(hostBundles, ", "))
	}
	zones, err := addHostZones(t)
	if err != nil {
		return Ref{}, err
	}
	if err := r.finish(t); err != nil {
		return Ref{}, err
	}
	r.Packages = []string{"host"}
	c, err := s.keep(r, t, "")
	if err != nil {
		return Ref{}, err
	}
	// Named by content: another host's, or a newer bundle, is another image.
	r.Files = map[string]string{"layer": c.layers[0].diffID.String()}
	ref, err := s.loadBase(ctx, c, r)
	ref.Detail = fmt.Sprintf("put together from this host's %s and %s, since Debian's packages could not be had", bundle, zones)
	return ref, err
}

// addHostZones copies the compiled time zones of this host and says from where.
func addHostZones(t *debian.Tree) (string, error) {
	for _, dir := range hostZones {
		n := 0
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(dir, name)
			if err != nil || strings.HasPrefix(rel, "posix") || strings.HasPrefix(rel, "right") {
				return err
			}
			b, err := os.ReadFile(name)
			if err != nil || !bytes.HasPrefix(b, []byte("TZif")) {
				return nil // tables beside the zones, dangling links
			}
			n++
			return t.WriteFile("usr/share/zoneinfo/"+filepath.ToSlash(rel), b, 0o644)
		})
		if err == nil && n > 0 {
			return dir, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("copy time zones: %w", err)
		}
	}
	return "no time zones", nil
}
