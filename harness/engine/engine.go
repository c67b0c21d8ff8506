package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// connectTimeout bounds the look at one endpoint: an engine that is up answers
// a ping in milliseconds, a dead TCP endpoint would take minutes.
const connectTimeout = 5 * time.Second

// Engine is a container engine that answered.
type Engine struct {
	// Client speaks the engine's API, its version negotiated.
	Client *client.Client
	// Endpoint is where the engine was found.
	Endpoint Endpoint
	// Version is the engine's own version, such as "20.10.24".
	Version string
	// APIVersion is the negotiated version of the API, such as "1.41".
	APIVersion string
	// Podman says that the engine is Podman and not Docker.
	Podman bool
	// Name is the engine's name for itself, for people: "Docker 20.10.24 (API 1.41)".
	Name string
	// StorageDriver and CgroupVersion are the engine's, for evidence.
	StorageDriver string
	CgroupVersion string
	// Machine is what the engine runs on.
	Machine Machine

	os   string
	arch string
	run  identity
}

// Connect finds an engine and begins a run on it. The error is an
// [*Unavailable] when no engine answered.
func Connect(ctx context.Context) (*Engine, error) {
	endpoints, err := findEndpoints(hostEnvironment())
	if err != nil {
		return nil, err
	}
	var tried []error
	for _, endpoint := range endpoints {
		e, err := connectTo(ctx, endpoint)
		if err == nil {
			return e, nil
		}
		tried = append(tried, fmt.Errorf("%s: %w", endpoint, err))
	}
	return nil, unavailable(endpoints, errors.Join(tried...))
}

func connectTo(ctx context.Context, endpoint Endpoint) (*Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	api, err := endpoint.client()
	if err != nil {
		return nil, err
	}
	version, err := api.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, errors.Join(err, api.Close())
	}
	asked := time.Now()
	info, err := api.Info(ctx, client.InfoOptions{})
	if err != nil {
		return nil, errors.Join(err, api.Close())
	}
	answered := time.Now()
	e := &Engine{
		Client: api, Endpoint: endpoint,
		Version: version.Version, APIVersion: api.ClientVersion(),
		StorageDriver: info.Info.Driver, CgroupVersion: info.Info.CgroupVersion,
		Machine: machineOf(info.Info, asked, answered),
		os:      version.Os, arch: version.Arch, run: newIdentity(),
	}
	product := "Docker"
	for _, component := range version.Components {
		if strings.Contains(component.Name, "Podman") {
			e.Podman, product = true, "Podman"
		}
	}
	e.Name = fmt.Sprintf("%s %s (API %s)", product, e.Version, e.APIVersion)
	if e.os != "" && e.os != "linux" {
		return nil, errors.Join(fmt.Errorf("engine runs %s containers; Seatrial needs linux ones", e.os), api.Close())
	}
	return e, nil
}

// Close ends the connection. It removes nothing.
func (e *Engine) Close() error { return e.Client.Close() }

// Arch is the engine's architecture in Go's words, such as "amd64".
func (e *Engine) Arch() string {
	switch e.arch {
	case "":
		return runtime.GOARCH
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return e.arch
}

// Local says whether the engine runs on this host's kernel or in a VM that
// shares its loopback address; a remote one does not.
func (e *Engine) Local() bool { return e.Endpoint.local() }

// SameKernel says whether the engine's containers run on this very kernel, so
// that what /proc says here holds for them.
func (e *Engine) SameKernel() bool { return runtime.GOOS == "linux" && e.Local() }

// HostCandidates lists the addresses at which ports that the engine publishes
// may be reached from here, the likeliest first. Which one works is found by
// trying: a file such as /.dockerenv is on machines that are no container, and
// a container that shares the engine's socket sees the ports elsewhere.
func (e *Engine) HostCandidates() []string {
	if !e.Local() {
		if u, err := url.Parse(e.Endpoint.Host); err == nil && u.Hostname() != "" {
			return []string{u.Hostname()}
		}
	}
	candidates := []string{"127.0.0.1"}
	if gateway, ok := defaultGateway(routeTable); ok {
		candidates = append(candidates, gateway)
	}
	return append(candidates, "host.docker.internal", "host.containers.internal")
}
