package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/docker/go-connections/sockets"
	"github.com/docker/go-connections/tlsconfig"
	"github.com/moby/moby/client"
)

// Endpoint is one place where an engine may listen.
type Endpoint struct {
	// Host is the engine's address as DOCKER_HOST has it: unix:///path,
	// tcp://host:port, npipe:////./pipe/name.
	Host string
	// From says where the address was found, for people.
	From string
	// CertDir holds ca.pem, cert.pem and key.pem for an engine behind TLS.
	CertDir string
	// SkipVerify accepts any certificate of the engine.
	SkipVerify bool
}

// fromVariable is the From of an endpoint that the environment names.
const fromVariable = "DOCKER_HOST"

func (p Endpoint) String() string { return fmt.Sprintf("%s (%s)", p.Host, p.From) }

func (p Endpoint) local() bool {
	return strings.HasPrefix(p.Host, "unix:") || strings.HasPrefix(p.Host, "npipe:")
}

// client makes the API client of the endpoint.
func (p Endpoint) client() (*client.Client, error) {
	if strings.HasPrefix(p.Host, "ssh:") {
		return nil, errors.New("an engine over ssh cannot publish ports to this machine; forward its socket and set DOCKER_HOST=unix://… instead")
	}
	host, err := client.ParseHostURL(p.Host)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}
	address := host.Host
	if host.Scheme == "unix" || host.Scheme == "npipe" {
		address = host.Host + host.Path
		if host.Scheme == "unix" {
			address = strings.TrimPrefix(p.Host, "unix://")
		}
	}
	if err := sockets.ConfigureTransport(transport, host.Scheme, address); err != nil {
		return nil, fmt.Errorf("configure transport: %w", err)
	}
	if p.CertDir != "" {
		transport.TLSClientConfig, err = tlsconfig.Client(tlsconfig.Options{
			CAFile:             filepath.Join(p.CertDir, "ca.pem"),
			CertFile:           filepath.Join(p.CertDir, "cert.pem"),
			KeyFile:            filepath.Join(p.CertDir, "key.pem"),
			InsecureSkipVerify: p.SkipVerify,
		})
		if err != nil {
			return nil, fmt.Errorf("read certificates in %s: %w", p.CertDir, err)
		}
	}
	return client.New(client.WithHTTPClient(&http.Client{Transport: transport}), client.WithHost(p.Host), client.WithAPIVersionFromEnv())
}

// environment is what finding an engine reads of the host.
type environment struct {
	getenv func(string) string
	home   string
	os     string
	exists func(path string) bool
}

func hostEnvironment() environment {
	home, _ := os.UserHomeDir()
	return environment{
		getenv: os.Getenv, home: home, os: runtime.GOOS,
		exists: func(path string) bool { _, err := os.Stat(path); return err == nil },
	}
}

// findEndpoints lists where an engine may be. What the user chose, by
// DOCKER_HOST or by a docker context, is the only candidate; otherwise every
// usual socket that exists is one.
func findEndpoints(env environment) ([]Endpoint, error) {
	if host := env.getenv("DOCKER_HOST"); host != "" {
		p := Endpoint{Host: host, From: fromVariable}
		if env.getenv("DOCKER_TLS_VERIFY") != "" || env.getenv("DOCKER_CERT_PATH") != "" {
			p.CertDir = env.getenv("DOCKER_CERT_PATH")
			p.SkipVerify = env.getenv("DOCKER_TLS_VERIFY") == ""
			if p.CertDir == "" {
				p.CertDir = filepath.Join(env.home, ".docker")
			}
		}
		return []Endpoint{p}, nil
	}
	if p, ok, err := contextEndpoint(env); err != nil || ok {
		return []Endpoint{p}, err
	}
	var found []Endpoint
	for _, socket := range usualSockets(env) {
		if env.exists(socket) {
			found = append(found, Endpoint{Host: "unix://" + socket, From: "usual socket"})
		}
	}
	if env.os == "windows" {
		found = append(found, Endpoint{Host: client.DefaultDockerHost, From: "default pipe"})
	}
	return found, nil
}

func usualSockets(env environment) []string {
	runtimeDir := env.getenv("XDG_RUNTIME_DIR")
	list := []string{"/var/run/docker.sock"}
	if runtimeDir != "" {
		list = append(list, filepath.Join(runtimeDir, "docker.sock"))
	}
	if env.home != "" {
		for _, p := range []string{".docker/run/docker.sock", ".docker/desktop/docker.sock", ".colima/default/docker.sock", ".rd/docker.sock"} {
			list = append(list, filepath.Join(env.home, p))
		}
	}
	if runtimeDir != "" {
		list = append(list, filepath.Join(runtimeDir, "podman", "podman.sock"))
	}
	return append(list, "/run/podman/podman.sock")
}

// contextEndpoint reads the docker command's current context. The layout of
// ~/.docker/contexts is that of github.com/docker/cli, cli/context/store.
func contextEndpoint(env environment) (Endpoint, bool, error) {
	dir := env.getenv("DOCKER_CONFIG")
	if dir == "" {
		dir = filepath.Join(env.home, ".docker")
	}
	name, err := currentContext(env, dir)
	if err != nil || name == "" || name == "default" {
		return Endpoint{}, false, err
	}
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	raw, err := os.ReadFile(filepath.Join(dir, "contexts", "meta", id, "meta.json"))
	if err != nil {
		return Endpoint{}, false, fmt.Errorf("read docker context %q: %w", name, err)
	}
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := json.Unmarshal(raw, &meta); err != nil {
		return Endpoint{}, false, fmt.Errorf("read docker context %q: %w", name, err)
	}
	p := Endpoint{Host: meta.Endpoints["docker"].Host, SkipVerify: meta.Endpoints["docker"].SkipTLSVerify, From: fmt.Sprintf("docker context %q", name)}
	if certs := filepath.Join(dir, "contexts", "tls", id, "docker"); env.exists(certs) {
		p.CertDir = certs
	}
	return p, p.Host != "", nil
}

func currentContext(env environment, dir string) (string, error) {
	if name := env.getenv("DOCKER_CONTEXT"); name != "" {
		return name, nil
	}
	raw, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read docker configuration: %w", err)
	}
	var config struct{ CurrentContext string }
	if err := json.Unmarshal(raw, &config); err != nil {
		return "", fmt.Errorf("read docker configuration %s: %w", filepath.Join(dir, "config.json"), err)
	}
	return config.CurrentContext, nil
}
