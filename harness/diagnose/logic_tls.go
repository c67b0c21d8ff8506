package diagnose

import (
	"net"
	"regexp"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"ca-certificates-missing":       byUnknownAuthority("ca-certificates-missing"),
	"certificate-authority-unknown": byUnknownAuthority("certificate-authority-unknown"),
	"tls-scheme-mismatch":           tlsSchemeMismatch,
})

var (
	// What crypto/x509 says where nobody vouches for a certificate; "not trusted"
	// is macOS, "could not be found" Windows' root store. A remote error is what
	// the other side thinks of our certificate.
	unknownAuthority = regexp.MustCompile(`x509: (certificate signed by unknown authority|failed to load system roots and no roots provided|“?.*”? certificate is not trusted)|certificate verify failed|unable to get local issuer certificate`)
	noRoots          = regexp.MustCompile(`failed to load system roots and no roots provided`)
	ownAuthority     = regexp.MustCompile(`while trying to verify candidate authority certificate|self[- ]signed`)
	asked            = regexp.MustCompile(`https?://\[?([\w.:-]+?)\]?(?::\d+)?(?:[/"?\s]|$)|dial tcp ([\w.-]+):\d+`)
	speakingOther    = regexp.MustCompile(`server gave HTTP response to HTTPS client|[Cc]lient sent an HTTP request to an HTTPS server|(?i:plain HTTP request was sent to HTTPS port)|first record does not look like a TLS handshake|(?i:wrong version number)|malformed HTTP (response|status code) "?\\x15\\x03|malformed HTTP response "\\x15`)
)

func byUnknownAuthority(rule string) Logic {
	return func(c *Case) *Match {
		for _, line := range append(c.Lines(SourceApp), c.badAnswers()...) {
			if !unknownAuthority.MatchString(line.Plain) || strings.Contains(line.Plain, "remote error") || !c.acts(line) {
				continue
			}
			if cause, confidence := c.authorityCause(line); cause == rule {
				return &Match{Lines: []evidence.Line{line.Line}, Confidence: confidence}
			}
		}
		return nil
	}
}

// authorityCause says whether all authorities are missing or that of one server.
func (c *Case) authorityCause(line Line) (rule string, confidence Confidence) {
	const all, one = "ca-certificates-missing", "certificate-authority-unknown"
	switch {
	case noRoots.MatchString(line.Plain), c.lacks(deployment.CACertificates):
		return all, Certain
	case ownAuthority.MatchString(line.Plain):
		return one, Certain
	case len(c.imagePaths()) > 0: // and it has certificates
		return one, Likely
	}
	if m := asked.FindStringSubmatch(line.Plain); m != nil && private(m[1]+m[2]) {
		return one, Likely
	}
	return all, Likely
}

// private says whether a host is one that no public authority certifies.
func private(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
	}
	if !strings.Contains(host, ".") {
		return true
	}
	for _, end := range []string{".local", ".internal", ".lan", ".svc", ".cluster.local", ".home.arpa", ".corp", ".intranet", ".localdomain"} {
		if strings.HasSuffix(host, end) || strings.Contains(host, ".svc.") {
			return true
		}
	}
	return false
}

func tlsSchemeMismatch(c *Case) *Match {
	for _, line := range c.badAnswers() {
		if speakingOther.MatchString(line.Plain) {
			return &Match{Lines: []evidence.Line{line.Line}}
		}
	}
	for _, line := range c.Lines(SourceApp) {
		if speakingOther.MatchString(line.Plain) && c.acts(line) {
			return &Match{Lines: []evidence.Line{line.Line}}
		}
	}
	return nil
}
