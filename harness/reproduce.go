package harness

import (
	"context"
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
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/image"
)

// reproduction is the script of a proof: each side as a function of its own.
func reproduction(one *sharedProof) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# %s\n", one.proof.Sentence().EN)
	b.WriteString("# Both sides, without Seatrial: sh reproduce.sh; one of them: sh reproduce.sh fails, sh reproduce.sh passes\n")
	for _, side := range []struct{ name, commands string }{{"fails", one.steps.Fails}, {"passes", one.steps.Passes}} {
		if side.commands == "" {
			side.commands = "echo 'nothing is known to pass'\n"
		}
		fmt.Fprintf(&b, "\n%s() {\n%s}\n", side.name, side.commands)
	}
	b.WriteString("\ncase \"${1:-both}\" in\nfails) (fails) ;;\npasses) (passes) ;;\n*) (fails); (passes) ;;\nesac\n")
	return b.String()
}

// Script gives commands for a POSIX shell that launch the app under the facts with
// the docker command alone, ask for a path, show what comes of it and clean up.
func (l *Launcher) Script(ctx context.Context, facts []deployment.Condition, ask string) (string, error) {
	base, rest := experiment.Take(facts, "base")
	if base == "" {
		base = neutralBase
	}
	_, conditions := experiment.Take(rest, "road")
	spec, err := l.plain.With(conditions...)
	if err != nil {
		return "", err
	}
	contents, err := l.contents(ctx, base, spec)
	if err != nil {
		return "", err
	}
	ref, err := l.trial.store.Base(ctx, base, l.Artifact.Key.GOARCH)
	if err != nil {
		return "", err
	}
	services, err := l.trial.Services()
	if err != nil {
		return "", err
	}
	s := &script{spec: spec, contents: contents, secrets: l.trial.secretsOf(spec)}
	s.line("work=$(mktemp -d) name=seatrial-$$-$(date +%%s)")
	s.line(`trap 'docker rm -f "$name" "$name-redis" >/dev/null 2>&1; docker network rm "$name" >/dev/null 2>&1; docker rmi "$name" >/dev/null 2>&1; rm -rf "$work"' EXIT`)
	s.stage()
	s.dockerfile(ref.Name)
	s.network(services.Redis.Name, l.trial.App.Redis != nil && *l.trial.App.Redis)
	s.run()
	s.ask(ask, l.trial.App.Ready)
	return s.text.String(), nil
}

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
	spec := s.spec
	options := []string{`docker run -d --name "$name" --network "$name"`}
	add := func(format string, args ...any) { options = append(options, fmt.Sprintf(format, args...)) }
	if !spec.Network.NoEgress {
		add("-p 127.0.0.1::%d", spec.Port)
	}
	if spec.User != "" {
		add("--user %s", spec.User)
	}
	if spec.WorkDir != "" {
		add("-w %s", shellQuote(spec.WorkDir))
	}
	if spec.ReadOnlyRoot {
		add("--read-only")
	}
	for _, c := range spec.DropCapabilities {
		add("--cap-drop %s", c)
	}
	if spec.NoNewPrivileges {
		add("--security-opt no-new-privileges")
	}
	if spec.PrivilegedPorts {
		add("--sysctl net.ipv4.ip_unprivileged_port_start=1024")
	}
	if spec.Memory > 0 {
		add("--memory %d --memory-swap %d", spec.Memory, spec.Memory)
	}
	if spec.CPUs > 0 {
		add("--cpus %g", spec.CPUs)
	}
	if spec.PIDs > 0 {
		add("--pids-limit %d", spec.PIDs)
	}
	if spec.OpenFiles > 0 {
		add("--ulimit nofile=%d:%d", spec.OpenFiles, spec.OpenFiles)
	}
	if strings.HasPrefix(spec.Seccomp, "/") {
		add("--security-opt seccomp=%s", shellQuote(spec.Seccomp))
	}
	options = append(options, lifeOptions(spec)...)
	for _, t := range spec.Tmpfs {
		add("--tmpfs %s", shellQuote(t.Path+":"+tmpfsOptions(t)))
	}
	options = append(options, s.mounts...)
	options = append(options, s.environment()...)
	for what, is := range map[string]bool{
		"no HOME": spec.NoHome, "no name service": spec.Network.NoDNS, "the port taken": spec.Network.PortTaken,
		"slow files": len(spec.Slow) > 0, "the second replica": spec.Replicas > 1, "the probes": spec.Probes != (deployment.Probes{}),
		"a log that is read " + spec.LogReader.String():      spec.LogReader.State != "",
		"the system calls that " + spec.Seccomp + " refuses": spec.Seccomp != "" && !strings.HasPrefix(spec.Seccomp, "/"),
	} {
		if is {
			s.notShown(what)
		}
	}
	options = append(options, `"$name"`)
	for _, arg := range spec.Args {
		options = append(options, shellQuote(arg))
	}
	s.line("%s >/dev/null", strings.Join(options, " "))
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
