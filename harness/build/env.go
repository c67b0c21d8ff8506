package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	goversion "go/version"
	"net/url"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// host is this machine's go command and what its user has set.
type host struct {
	version string // release of the go command, "1.26.2"; empty for a development build
	os      string
	arch    string
	set     map[string]string // effective value of each setting, as go env gives it
	changed map[string]bool   // settings the user has changed from Go's defaults
	base    []string          // the environment all go commands share
}

// handed are the settings a build takes over from the user, wherever they were
// set: where modules come from, how they are checked, and where the caches are.
var handed = []string{
	"GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS",
	"GOMODCACHE", "GOCACHE", "GOCACHEPROG", "GOPATH",
}

// handedCGO are taken over too when a build for this machine uses cgo.
var handedCGO = []string{
	"CC", "CXX", "AR", "PKG_CONFIG",
	"CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS",
}

// plain matches the variables of the environment that a go command, git or a C
// compiler needs on some system, none of which changes what is built.
var plain = regexp.MustCompile(`(?i)^(PATH|HOME|USER|LOGNAME|LANG|LC_ALL|NETRC|` +
	`XDG_(CACHE|CONFIG)_HOME|(HTTPS?|NO|ALL|FTP)_PROXY|SSL_CERT_(FILE|DIR)|SSH_(AUTH_SOCK|AGENT_PID)|` +
	`GIT_(SSL|SSH|CONFIG|ASKPASS|HTTP).*|PKG_CONFIG_.*|CC_FOR_.*|DEVELOPER_DIR|SDKROOT|` +
	`SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|USERPROFILE|USERNAME|APPDATA|LOCALAPPDATA|` +
	`PROGRAMDATA|PROGRAMFILES.*|PROCESSOR_ARCHITECTURE|NUMBER_OF_PROCESSORS|HOMEDRIVE|HOMEPATH)$`)

// host asks the go command, once, what it is and what its user has set.
func (b *Builder) host(ctx context.Context) (host, error) {
	h, _, err := b.hosts.do(ctx, struct{}{}, func(ctx context.Context) (host, error) {
		dir, err := b.workDir("env-")
		if err != nil {
			return host{}, err
		}
		defer removeAll(dir)
		return b.askHost(ctx, dir)
	})
	return h, err
}

func (b *Builder) askHost(ctx context.Context, dir string) (host, error) {
	var minimal []string
	for _, kv := range b.opts.Environ {
		if name, _, ok := strings.Cut(kv, "="); ok && plain.MatchString(name) {
			minimal = append(minimal, kv)
		}
	}
	// The first answer holds the user's settings, from the environment and from
	// go env -w; the second is what Go would do without them. GOTOOLCHAIN=local
	// makes neither depend on a download.
	mine, err := b.askEnv(ctx, dir, append(slices.Clone(b.opts.Environ), "GOTOOLCHAIN=local", "GOWORK=off"))
	if err != nil {
		return host{}, err
	}
	defaults, err := b.askEnv(ctx, dir, append(slices.Clone(minimal), "GOTOOLCHAIN=local", "GOWORK=off", "GOENV=off"))
	if err != nil {
		return host{}, err
	}
	h := host{os: mine["GOHOSTOS"], arch: mine["GOHOSTARCH"], set: mine, changed: map[string]bool{}, base: minimal}
	release, _, _ := strings.Cut(mine["GOVERSION"], " ")
	if release != "" && goversion.IsValid(release) {
		h.version = strings.TrimPrefix(release, "go")
		if goversion.Compare(release, "go1.21") < 0 {
			return host{}, tooOld(b.opts.GoCommand, release)
		}
	} else if !strings.HasPrefix(mine["GOVERSION"], "devel") {
		return host{}, tooOld(b.opts.GoCommand, "a release before go1.16")
	}
	for _, name := range append(slices.Clone(handed), handedCGO...) {
		h.changed[name] = mine[name] != defaults[name]
	}
	for _, name := range handed {
		if mine[name] != "" {
			h.base = append(h.base, name+"="+mine[name])
		}
	}
	// Git refreshes its index while it is asked for the state of a tree; the
	// app's tree is not to be written to. Nor may a prompt wait for a person.
	h.base = append(h.base, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0",
		"GOENV=off", "GOFLAGS=", "GOWORK=off", "GO111MODULE=on")
	return h, nil
}

func tooOld(command, release string) error {
	return fmt.Errorf("use go command %q: it is %s and cannot run other Go releases; install Go 1.21 or newer from https://go.dev/dl", command, release)
}

func (b *Builder) askEnv(ctx context.Context, dir string, env []string) (map[string]string, error) {
	// What a killed go command leaves is removed with the work area.
	env = append(env, "TMPDIR="+dir, "TMP="+dir, "TEMP="+dir)
	res, err := start(ctx, b.opts.GoCommand, dir, env, "env", "-json")
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("find go command %q: %w; install Go 1.21 or newer from https://go.dev/dl", b.opts.GoCommand, err)
	}
	if err != nil {
		return nil, fmt.Errorf("run go env: %w", err)
	}
	if res.exit != 0 {
		return nil, fmt.Errorf("run go env: exit status %d: %s", res.exit, lastLine(res.output))
	}
	// Warnings may stand before the answer.
	_, object, _ := strings.Cut(res.output, "{")
	var values map[string]string
	if err := json.Unmarshal([]byte("{"+object), &values); err != nil {
		return nil, fmt.Errorf("read go env: %w", err)
	}
	return values, nil
}

// cell gives the variables that belong to k alone; cc is its C compiler, if it
// needs one other than Go's own choice.
func (h host) cell(k Key, cc string) []string {
	env := []string{"GOTOOLCHAIN=go" + k.Go, "GOOS=" + k.GOOS, "GOARCH=" + k.GOARCH, "CGO_ENABLED=0"}
	if !k.CGO {
		return env
	}
	env[len(env)-1] = "CGO_ENABLED=1"
	if k.GOOS == h.os && k.GOARCH == h.arch {
		for _, name := range handedCGO {
			if name != "CC" && h.changed[name] {
				env = append(env, name+"="+h.set[name])
			}
		}
	}
	if cc != "" {
		env = append(env, "CC="+cc)
	}
	return env
}

// crossCC names the C compiler that Debian, and MinGW everywhere, call by the
// target's triplet.
var crossCC = map[string]string{
	"linux/amd64":   "x86_64-linux-gnu-gcc",
	"linux/386":     "i686-linux-gnu-gcc",
	"linux/arm64":   "aarch64-linux-gnu-gcc",
	"linux/arm":     "arm-linux-gnueabihf-gcc",
	"linux/riscv64": "riscv64-linux-gnu-gcc",
	"linux/s390x":   "s390x-linux-gnu-gcc",
	"linux/ppc64le": "powerpc64le-linux-gnu-gcc",
	"linux/loong64": "loongarch64-linux-gnu-gcc",
	"windows/amd64": "x86_64-w64-mingw32-gcc",
	"windows/386":   "i686-w64-mingw32-gcc",
}

// compiler finds the C compiler for k: empty if it needs none or Go's own choice
// is right. CC_FOR_goos_goarch, the name Go's own bootstrap uses, goes before
// everything else.
func (h host) compiler(k Key) (cc string, err error) {
	if !k.CGO {
		return "", nil
	}
	target := k.GOOS + "/" + k.GOARCH
	if k.GOARCH == "wasm" {
		return "", &Unable{Need: "cgo for " + target + ", which Go does not have", Do: "exclude cgo=on for " + target}
	}
	variable := "CC_FOR_" + k.GOOS + "_" + k.GOARCH
	want := h.variable(variable)
	switch {
	case want != "":
	case k.GOOS == h.os && k.GOARCH == h.arch:
		want = h.set["CC"]
	default:
		want = crossCC[target]
	}
	// CC may carry arguments, as in "zig cc -target x86_64-linux-musl".
	words := strings.Fields(want)
	if len(words) == 0 {
		return "", &Unable{Need: "a C compiler for " + target, Do: "name one in " + variable + ", or exclude cgo=on for " + target}
	}
	if _, err := h.lookPath(words[0]); err != nil {
		return "", &Unable{
			Need: fmt.Sprintf("the C compiler %s for %s", words[0], target),
			Do:   "install it, or name another in " + variable + ", or exclude cgo=on for " + target,
		}
	}
	return want, nil
}

// pasted gives the settings someone who pastes a command needs besides it,
// because it says GOENV=off; passwords in them are hidden.
func (h host) pasted() []string {
	var env []string
	for _, name := range handed {
		if h.changed[name] && h.set[name] != "" {
			env = append(env, name+"="+hidePasswords(h.set[name]))
		}
	}
	return env
}

var passwordURL = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s,|'"]*@[^\s,|'"]*`)

// hidePasswords replaces what stands between a user's name and the @ in URLs.
func hidePasswords(s string) string {
	return passwordURL.ReplaceAllStringFunc(s, func(m string) string {
		u, err := url.Parse(m)
		if err != nil {
			scheme, _, _ := strings.Cut(m, "://")
			return scheme + "://xxxxx" + m[strings.LastIndex(m, "@"):]
		}
		if _, has := u.User.Password(); !has {
			u.User = url.User("xxxxx") // a token alone stands where the name would
		}
		return u.Redacted()
	})
}

// variable gives the last value of name in the Builder's environment.
func (h host) variable(name string) string { return lookup(h.base, name) }

func lookup(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		key, value, _ := strings.Cut(kv, "=")
		if key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}
