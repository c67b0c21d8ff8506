package sandbox

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// authority is a certificate authority that lives as long as the pool, and the
// certificate that it gave nginx. Its key never leaves this process.
type authority struct {
	roots *x509.CertPool
	chain []byte // PEM: nginx's certificate
	key   []byte // PEM: nginx's key
}

// newAuthority makes one whose certificate is good for these hosts.
func newAuthority(hosts []string) (*authority, error) {
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Seatrial run"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Seatrial nginx"},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range append(hosts, nginxName, "localhost") {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &leafKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return nil, err
	}
	trusted, err := x509.ParseCertificate(rootDER)
	if err != nil {
		return nil, err
	}
	a := &authority{roots: x509.NewCertPool()}
	a.roots.AddCert(trusted)
	var chain, key bytes.Buffer
	if err := pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: leafDER}); err != nil {
		return nil, err
	}
	if err := pem.Encode(&key, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}); err != nil {
		return nil, err
	}
	a.chain, a.key = chain.Bytes(), key.Bytes()
	return a, nil
}

// giveCertificate puts the certificate where nginx.conf names it.
func (s *Slot) giveCertificate(ctx context.Context) error {
	a := s.pool.authority
	for path, content := range map[string][]byte{"/tmp/nginx.crt": a.chain, "/tmp/nginx.key": a.key} {
		// Readable by nginx, which is not root; nobody else is in there.
		if err := s.nginx.CopyToContainer(ctx, content, path, 0o444); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}
