package image

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/image/debian"
)

// format is counted up when the way changes in which recipes become images, so
// that what is cached is made anew.
const format = 1

const (
	kindBase    = "base"
	kindService = "service"
)

// recipe is what an image made here holds. Its JSON form, together with format,
// gives the hash in the image's name.
type recipe struct {
	Name     string
	Arch     string // GOARCH
	Suite    string
	Unsigned bool // made from an index that need not be signed
	Packages []string
	Omit     map[string]string // package -> why it is not needed
	Drop     []string          // patterns of paths to leave out
	Users    []debian.User
	Dirs     []directory
	Files    map[string]string // path -> content
	Links    map[string]string // path -> target
	Applets  bool              // give busybox its names
	Config   startConfig

	kind string
	pull string // the registries' counterpart; "" for none
}

type directory struct {
	Path     string
	UID, GID int
}

// startConfig is what the image says about starting it.
type startConfig struct {
	User       string   `json:",omitempty"`
	WorkDir    string   `json:",omitempty"`
	Cmd        []string `json:",omitempty"`
	Env        []string `json:",omitempty"`
	Ports      []string `json:",omitempty"`
	StopSignal string   `json:",omitempty"`
}

const pathEnv = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// forScripts are the packages that only maintainer scripts need, which do not run
// here.
var forScripts = map[string]string{
	"debconf":             "asks questions at installation",
	"libdebconfclient0":   "asks questions at installation",
	"init-system-helpers": "enables system services",
	"lsb-base":            "start scripts of system services",
	"adduser":             "makes accounts, which the recipe does",
	"openssl":             "hashes certificates at installation",
	"awk":                 "scripts of base-files",
}

// undocumented are the paths that no program needs at run time.
var undocumented = []string{
	"usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian", "usr/share/bug",
	"usr/share/doc-base", "usr/share/menu", "usr/share/gcc", "usr/share/gdb", "usr/share/initramfs-tools",
	"usr/share/bash-completion", "usr/share/apport", "usr/share/common-licenses",
	"usr/share/zoneinfo/posix", "usr/share/zoneinfo/right",
	"usr/lib/systemd", "lib/systemd", "lib/udev", "usr/lib/udev", "etc/init.d", "etc/cron.*", "etc/logrotate.d", "etc/default",
	"etc/update-motd.d", "etc/skel", "etc/ca-certificates", "etc/ufw",
}

// programs are the paths of the tools that come with certificates.
var programs = []string{"usr/sbin", "usr/bin", "usr/share/debianutils"}

// nonroot is the account that production runs apps under in images without a
// distribution.
var nonroot = debian.User{Name: "nonroot", UID: 65532, GID: 65532, Home: "/home/nonroot"}

// recipe gives the recipe called name.
func (s *Store) recipe(name, goarch string) (recipe, error) {
	r, ok := recipes()[name]
	if !ok {
		return recipe{}, fmt.Errorf("there is no %q; there are %s", name, strings.Join(Names(), ", "))
	}
	r.Name, r.Arch, r.Unsigned = name, goarch, s.config.Debian.AllowUnsigned
	if r.Suite == "" {
		r.Suite = s.config.Debian.Suite
	}
	r.Drop = append(slices.Clone(undocumented), r.Drop...)
	r.Omit = withScripts(r.Omit)
	if r.kind == kindBase {
		r.Users = append(r.Users, nonroot)
		r.Dirs = append(r.Dirs, directory{"home/nonroot", nonroot.UID, nonroot.GID})
	}
	if name == "debian" {
		r.pull = "debian:" + r.Suite + "-slim"
	}
	return r, nil
}

func withScripts(more map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{forScripts, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// Names lists what can be asked for: bases, then services.
func Names() []string {
	return []string{"scratch", "debian", "musl", "redis", "nginx", "debian-bullseye"}
}

func recipes() map[string]recipe {
	return map[string]recipe{
		"scratch": {
			kind: kindBase, Packages: []string{"ca-certificates", "tzdata"}, Drop: programs,
			Config: startConfig{Env: []string{pathEnv}},
		},
		"debian": debianBase(""),
		// glibc 2.31: what is built on a newer distribution with cgo finds its
		// symbols missing here, as on the servers that are still out there.
		"debian-bullseye": debianBase("bullseye"),
		"musl": {
			kind: kindBase, pull: "alpine", Packages: []string{"musl", "busybox-static", "ca-certificates", "tzdata"},
			Drop: []string{"usr/sbin/update-ca-certificates", "usr/bin/ld-musl-config"}, Applets: true,
			Config: startConfig{Env: []string{pathEnv}, Cmd: []string{"/bin/sh"}},
		},
		"redis": {
			kind: kindService, pull: "redis:7", Packages: []string{"redis-server", "redis-tools", "busybox-static"},
			Drop: []string{"usr/lib/*/gconv", "lib/*/gconv", "etc/redis"}, Applets: true,
			Users: []debian.User{{Name: "redis", UID: 999, GID: 999, Home: "/data"}},
			Dirs:  []directory{{"data", 999, 999}, {"var/lib/redis", 999, 999}, {"var/log/redis", 999, 999}},
			Config: startConfig{
				Env: []string{pathEnv}, User: "999:999", WorkDir: "/data", Ports: []string{"6379/tcp"},
				Cmd: []string{"redis-server", "--protected-mode", "no", "--save", ""},
			},
		},
		"nginx": {
			kind: kindService, pull: "nginx:1", Packages: []string{"nginx-light", "busybox-static"},
			Omit: map[string]string{
				"iproute2":               "scripts that look for a free port at installation",
				"libnginx-mod-http-echo": "a module that no configuration here loads",
			},
			Drop: []string{"usr/lib/*/gconv", "lib/*/gconv", "etc/nginx/nginx.conf", "etc/nginx/sites-available",
				"etc/nginx/sites-enabled", "etc/nginx/modules-available", "etc/nginx/modules-enabled", "usr/share/perl"},
			Applets: true,
			Users:   []debian.User{{Name: "nginx", UID: 101, GID: 101, Home: "/nonexistent"}},
			Dirs: []directory{{"var/lib/nginx", 101, 101}, {"var/cache/nginx", 101, 101}, {"var/log/nginx", 101, 101},
				{"etc/nginx/conf.d", 0, 0}},
			Files: map[string]string{"etc/nginx/nginx.conf": nginxConf, "etc/nginx/conf.d/default.conf": nginxSite},
			Links: map[string]string{
				"var/log/nginx/access.log": "/dev/stdout", "var/log/nginx/error.log": "/dev/stderr",
			},
			Config: startConfig{
				Env: []string{pathEnv}, User: "101:101", Ports: []string{"8080/tcp"}, StopSignal: "SIGQUIT",
				Cmd: []string{"nginx", "-g", "daemon off;"},
			},
		},
	}
}

// debianBase is Debian without what only an installed system needs. An empty
// suite is the configured one.
func debianBase(suite string) recipe {
	r := recipe{
		kind: kindBase, Suite: suite, pull: "debian:" + cmp.Or(suite, DefaultSuite) + "-slim",
		Packages: []string{"base-files", "base-passwd", "libc6", "libc-bin", "bash", "dash", "coreutils", "grep", "sed",
			"findutils", "debianutils", "hostname", "netbase", "ca-certificates", "tzdata"},
		Config: startConfig{Env: []string{pathEnv}, Cmd: []string{"bash"}},
	}
	if suite != "bullseye" {
		// Since bookworm one of Debian's "alternatives", which a maintainer script links.
		r.Links = map[string]string{"usr/bin/which": "which.debianutils"}
	}
	return r
}

// nginxConf starts as any user on a read-only root with a writable /tmp.
const nginxConf = `worker_processes 1;
pid /tmp/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /dev/stdout;
    sendfile on;
    client_body_temp_path /tmp/nginx-body;
    proxy_temp_path /tmp/nginx-proxy;
    fastcgi_temp_path /tmp/nginx-fastcgi;
    uwsgi_temp_path /tmp/nginx-uwsgi;
    scgi_temp_path /tmp/nginx-scgi;
    include /etc/nginx/conf.d/*.conf;
}
`

const nginxSite = `server {
    listen 8080 default_server;
    root /usr/share/nginx/html;
}
`

// name is what the image is called on the engine.
func (r recipe) name() string { return Prefix + r.Name + ":" + r.key() }

// key is the hash of all that goes into the image except the packages' versions:
// those stay as they were until the image is removed.
func (r recipe) key() string {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // a struct of strings and maps always has a JSON form
	}
	return shortHash(fmt.Sprint(format), string(b))
}

func shortHash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}
