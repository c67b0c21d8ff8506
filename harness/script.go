package harness

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/image"
)

// script is being written.
type script struct {
	spec     deployment.Spec
	contents image.AppImage
	secrets  []string
	text     strings.Builder
	owners   []string // lines for the Dockerfile
	mounts   []string
}

func (s *script) line(format string, args ...any) { fmt.Fprintf(&s.text, format+"\n", args...) }

// notShown says what the docker command cannot do.
func (s *script) notShown(what string) { s.line("# not shown here: %s", what) }

// stage lays out the image's files and the mounts in a directory.
func (s *script) stage() {
	s.copy(s.contents.Binary, "$work/root"+s.contents.Target)
	s.line(`chmod 0755 "$work/root%s"`, s.contents.Target)
	for _, f := range s.contents.Files {
		if f.Source != "" {
			s.copy(f.Source, "$work/root"+f.Target)
		}
	}
	for _, d := range s.contents.Dirs {
		s.line(`mkdir -p "$work/root%s" && chmod 1777 "$work/root%s"`, d.Path, d.Path)
	}
	if len(s.contents.Remove) > 0 {
		s.notShown("the base without " + strings.Join(s.contents.Remove, " "))
	}
	for i, m := range s.spec.Mounts {
		switch {
		case isFile(m.From): // it is among the image's files
			continue
		case m.Stale:
			s.notShown("a volume at " + m.Path + " that an earlier release has filled")
			continue
		case m.Keep && m.Writable && !m.Frozen: // a volume, which the engine fills from the image
			s.mounts = append(s.mounts, "-v "+shellQuote(m.Path))
			continue
		case m.Keep:
			s.notShown("what the image has at " + m.Path + ", read-only")
			continue
		}
		at := fmt.Sprintf("$work/mount-%d", i)
		s.copy(m.From, at)
		if m.Writable {
			s.line(`chmod -R a+rwX "%s"`, at)
		}
		option := fmt.Sprintf(`-v "%s:%s`, at, m.Path)
		if !m.Writable || m.Frozen {
			option += ":ro"
		}
		s.mounts = append(s.mounts, option+`"`)
	}
	for _, p := range s.spec.Unreadable {
		s.line(`chmod 0000 "%s"`, s.staged(p))
	}
	for _, c := range s.spec.Files {
		s.change(c)
	}
}

// copy copies a file or a directory to a path that may hold variables.
func (s *script) copy(from, to string) {
	if isFile(from) {
		s.line(`mkdir -p "%s" && cp %s "%s"`, path.Dir(to), shellQuote(from), to)
	} else {
		s.line(`mkdir -p "%s" && cp -R %s/. "%s"`, to, shellQuote(from), to)
	}
}

// staged is where a path of the container lies on the host.
func (s *script) staged(p string) string {
	for i, m := range s.spec.Mounts {
		if !isFile(m.From) && isWithin(p, []string{m.Path}) {
			return fmt.Sprintf("$work/mount-%d%s", i, strings.TrimPrefix(p, m.Path))
		}
	}
	return "$work/root" + p
}

// source is the host's file behind a path of the container; empty if none is.
func (s *script) source(p string) string {
	for _, m := range s.spec.Mounts {
		if isWithin(p, []string{m.Path}) {
			return filepath.Join(m.From, filepath.FromSlash(strings.TrimPrefix(p, m.Path)))
		}
	}
	for _, f := range s.contents.Files {
		if f.Source != "" && isWithin(p, []string{f.Target}) {
			return filepath.Join(f.Source, filepath.FromSlash(strings.TrimPrefix(p, f.Target)))
		}
	}
	return ""
}

func (s *script) change(c deployment.FileChange) {
	at := s.staged(c.Path)
	switch c.Change {
	case deployment.Missing:
		s.line(`rm -rf "%s"`, at)
	case deployment.Directory:
		s.line(`rm -rf "%s" && mkdir -p "%s"`, at, at)
	case deployment.HasMode:
		s.line(`chmod %04o "%s"`, c.Mode, at)
	case deployment.HasOwner:
		if strings.HasPrefix(at, "$work/root") {
			s.owners = append(s.owners, fmt.Sprintf("COPY --chown=%d:%d root%s %s", c.UID, c.GID, c.Path, c.Path))
		} else {
			s.line(`chown -R %d:%d "%s"`, c.UID, c.GID, at)
		}
	default:
		was, err := os.ReadFile(s.source(c.Path))
		if err != nil {
			s.notShown(string(c.Change) + " " + c.Path)
			return
		}
		s.line(`echo %s | base64 -d >"%s"`, base64.StdEncoding.EncodeToString(c.Content(was)), at)
	}
}

func (s *script) dockerfile(base string) {
	s.line(`docker build -q -t "$name" -f - "$work" <<'EOF'`)
	s.line("FROM %s\nCOPY root/ /", base)
	for _, line := range s.owners {
		s.line("%s", line)
	}
	entry := s.contents.Entrypoint
	if len(entry) > 0 && entry[0] != s.contents.Target {
		entry = []string{s.contents.Target}
	}
	s.line("WORKDIR %s\nENTRYPOINT [%s]\nEOF", s.contents.WorkDir, strconv.Quote(strings.Join(entry, `", "`)))
}

// network makes the network, and the Redis in it.
func (s *script) network(redis string, uses bool) {
	internal := ""
	if s.spec.Network.NoEgress {
		internal = "--internal "
	}
	s.line(`docker network create %s"$name" >/dev/null`, internal)
	if !uses || s.spec.Redis == deployment.Down {
		return
	}
	if s.spec.Redis != deployment.Up || s.spec.RedisPassword != deployment.NoPassword || s.spec.RedisLink != (deployment.Link{}) {
		s.notShown("the state of Redis; here it is up")
	}
	s.line(`docker run -d --name "$name-redis" --network "$name" --network-alias redis %s redis-server --save '' --protected-mode no >/dev/null`, shellQuote(redis))
}

// run starts the app: the line that the two sides differ in.
func (s *script) run() {
	options := append([]string{`docker run -d --name "$name" --network "$name"`}, s.rights()...)
	options = append(options, s.limits()...)
	options = append(options, lifeOptions(s.spec)...)
	options = append(options, s.mounts...)
	options = append(options, s.environment()...)
	unshown := map[string]bool{
		"no HOME": s.spec.NoHome, "no name service": s.spec.Network.NoDNS, "the port taken": s.spec.Network.PortTaken,
		"slow files": len(s.spec.Slow) > 0, "the second replica": s.spec.Replicas > 1, "the probes": s.spec.Probes != (deployment.Probes{}),
		"a log that is read " + s.spec.LogReader.String():      s.spec.LogReader.State != "",
		"the system calls that " + s.spec.Seccomp + " refuses": s.spec.Seccomp != "" && !path.IsAbs(s.spec.Seccomp),
	}
	for _, what := range slices.Sorted(maps.Keys(unshown)) {
		if unshown[what] {
			s.notShown(what)
		}
	}
	options = append(options, `"$name"`)
	for _, arg := range s.spec.Args {
		options = append(options, shellQuote(arg))
	}
	s.line("%s >/dev/null", strings.Join(options, " "))
}

// rights are the options about who the app is, where it is and what it may do.
func (s *script) rights() (options []string) {
	spec := s.spec
	add := func(is bool, format string, args ...any) {
		if is {
			options = append(options, fmt.Sprintf(format, args...))
		}
	}
	add(!spec.Network.NoEgress, "-p 127.0.0.1::%d", spec.Port)
	add(spec.User != "", "--user %s", spec.User)
	add(spec.WorkDir != "", "-w %s", shellQuote(spec.WorkDir))
	add(spec.ReadOnlyRoot, "--read-only")
	for _, c := range spec.DropCapabilities {
		add(true, "--cap-drop %s", c)
	}
	add(spec.NoNewPrivileges, "--security-opt no-new-privileges")
	add(spec.PrivilegedPorts, "--sysctl net.ipv4.ip_unprivileged_port_start=1024")
	add(path.IsAbs(spec.Seccomp), "--security-opt seccomp=%s", shellQuote(spec.Seccomp))
	return options
}

// limits are the options about how much the app may use.
func (s *script) limits() (options []string) {
	spec := s.spec
	add := func(is bool, format string, args ...any) {
		if is {
			options = append(options, fmt.Sprintf(format, args...))
		}
	}
	add(spec.Memory > 0, "--memory %d --memory-swap %d", spec.Memory, spec.Memory)
	add(spec.CPUs > 0, "--cpus %g", spec.CPUs)
	add(spec.PIDs > 0, "--pids-limit %d", spec.PIDs)
	add(spec.OpenFiles > 0, "--ulimit nofile=%d:%d", spec.OpenFiles, spec.OpenFiles)
	for _, t := range spec.Tmpfs {
		add(true, "--tmpfs %s", shellQuote(t.Path+":"+tmpfsOptions(t)))
	}
	return options
}

func lifeOptions(spec deployment.Spec) []string {
	var options []string
	if spec.Init {
		options = append(options, "--init")
	}
	if spec.Restart != deployment.NoRestart {
		options = append(options, "--restart "+string(spec.Restart))
	}
	return options
}

func tmpfsOptions(t deployment.Tmpfs) string {
	options := "rw,mode=1777"
	if !t.NoExec {
		options += ",exec"
	}
	if t.Size > 0 {
		options += ",size=" + strconv.FormatInt(t.Size, 10)
	}
	return options
}

// environment gives the variables; those that hold a secret are taken from the
// shell's, where they have to be set.
func (s *script) environment() []string {
	known := strings.NewReplacer(
		"${REDIS_HOST}", "redis", "${REDIS_PORT}", "6379", "${REDIS_ADDR}", "redis:6379", "${REDIS_URL}", "redis://redis:6379/0",
		"${REDIS_PASSWORD}", "", "${PORT}", strconv.Itoa(s.spec.Port),
	)
	var options []string
	for _, key := range slices.Sorted(maps.Keys(s.spec.Env)) {
		value := s.spec.Env[key]
		if slices.ContainsFunc(s.secrets, func(secret string) bool { return strings.Contains(value, secret) }) {
			options = append(options, fmt.Sprintf(`-e %s="$%s"`, key, key))
			continue
		}
		options = append(options, "-e "+shellQuote(key+"="+known.Replace(value)))
	}
	return options
}

// ask waits until the app is ready or has ended, asks for the path, and shows what
// there is to see.
func (s *script) ask(ask, ready string) {
	s.line(`port=$(docker port "$name" %d 2>/dev/null | head -1 | sed 's/.*://')`, s.spec.Port)
	s.line(`i=0; until curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$port"%s 2>/dev/null || [ "$(docker inspect -f '{{.State.Running}}' "$name")" != true ] || [ $i -ge 30 ]; do i=$((i+1)); sleep 0.2; done`, shellQuote(ready))
	s.line(`docker logs "$name" 2>&1`)
	s.line(`[ "$(docker inspect -f '{{.State.Running}}' "$name")" != true ] || curl -sS -i -m 5 "http://127.0.0.1:$port"%s | head -20`, shellQuote(ask))
	s.line(`docker inspect -f 'running: {{.State.Running}}, exit code: {{.State.ExitCode}} {{.State.Error}}' "$name"`)
}

// shellQuote writes one word for a POSIX shell.
func shellQuote(word string) string {
	if word != "" && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
