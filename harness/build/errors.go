package build

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Failure is an app at fault: with this Go release, target and module mode it
// does not build, or builds to something else than was asked for.
type Failure struct {
	Key      Key
	Stage    string // "go.mod", "vendor", "compile" or "verify"
	Command  string // the failed command, to paste into a POSIX shell
	Output   string // all it printed; for "verify", one line per mismatch
	ExitCode int    // of the command; 0 for "verify"
	Facts    *Facts // of what was built, for "verify"
}

// Error names the stage, the key and the first line that says what is wrong.
func (f *Failure) Error() string {
	s := fmt.Sprintf("%s %s: %s", f.Stage, f.Key, firstCause(f.Output))
	if f.ExitCode != 0 {
		s += fmt.Sprintf(" (exit status %d)", f.ExitCode)
	}
	return s
}

// Unable is a machine that lacks something a cell needs; the app has not been
// judged.
type Unable struct {
	Need string // what is missing, as "the C compiler aarch64-linux-gnu-gcc for linux/arm64"
	Do   string // what a person can do about it
}

// Error says what is missing and what to do.
func (u *Unable) Error() string { return "find " + u.Need + ": not on this machine; " + u.Do }

// Trouble is a go command that was kept from its work by the network, the disk
// or this machine's limits; the app has not been judged.
type Trouble struct {
	Stage  string // as a Failure has it
	Output string // all that the command printed
	Do     string // what a person can do about it
}

// Error gives what the command printed and what to do.
func (t *Trouble) Error() string {
	return fmt.Sprintf("%s: %s; %s", t.Stage, strings.TrimSpace(t.Output), t.Do)
}

// Cause is the first line of the output that says what is wrong.
func (t *Trouble) Cause() string { return firstCause(t.Output) }

// Cause is the first line of the output that says what is wrong.
func (f *Failure) Cause() string { return firstCause(f.Output) }

// blame puts the key into an error of one of the stages.
func blame(err error, k Key) error {
	var f *Failure
	if errors.As(err, &f) {
		own := *f // several keys may share the failure of one source
		own.Key = k
		return &own
	}
	return fmt.Errorf("build %s: %w", k, err)
}

// troubles are the words by which the go command and the systems under it name
// what is not the app's fault, and what to do. The order is that of looking.
var troubles = []struct {
	words *regexp.Regexp
	do    string
}{
	{regexp.MustCompile(`no space left on device|disk quota exceeded`), "make room on the disk; go env GOCACHE GOMODCACHE GOTMPDIR says where"},
	{regexp.MustCompile(`signal: killed|cannot allocate memory|out of memory`), "give the machine more memory or build fewer cells at once"},
	{regexp.MustCompile(`too many open files|resource temporarily unavailable`), "raise the limits on open files and processes"},
}

// moduleTroubles can be told from an app's text only before compilers have run.
var moduleTroubles = []struct {
	words *regexp.Regexp
	do    string
}{
	{regexp.MustCompile(`disabled by GOPROXY=off|toolchain not available`), "unset GOPROXY=off, or download once while online"},
	{regexp.MustCompile(`checksum database disabled`), "toolchains are downloaded only with a checksum database: set GOSUMDB, or put the toolchain's go command on the PATH under its own name"},
	{regexp.MustCompile(`terminal prompts disabled|could not read Username|Permission denied \(publickey`), "give git access to the private module, and name it in GOPRIVATE"},
	{regexp.MustCompile(`: (401|403|407|429|5[0-9][0-9]) [A-Z]`), "the module proxy refuses; look at go env GOPROXY, or wait"},
	{regexp.MustCompile(`dial tcp|dial unix|lookup .*: no such host|connection (refused|reset)|i/o timeout|TLS handshake|tls: |x509: |proxyconnect|Client\.Timeout|(?m:unexpected EOF$)|stream error|network is unreachable`), "look at the network, HTTPS_PROXY and go env GOPROXY"},
	{regexp.MustCompile(`(mod|build|cache)[^\n]*: (permission denied|read-only file system)`), "make the directories go env GOCACHE GOMODCACHE writable"},
}

// heading opens what a compiler or linker says about one package.
var heading = regexp.MustCompile(`(?m)^# \S`)

// trouble says what to do if output names something that is not the app's
// fault, and is empty otherwise.
func trouble(output string) (do string) {
	for _, t := range troubles {
		if t.words.MatchString(output) {
			return t.do
		}
	}
	if heading.MatchString(output) {
		return ""
	}
	for _, t := range moduleTroubles {
		if t.words.MatchString(output) {
			return t.do
		}
	}
	return ""
}

var (
	unsupportedTarget = regexp.MustCompile(`unsupported GOOS/GOARCH pair (\S+)`)
	vendorWords       = regexp.MustCompile(`inconsistent vendoring|-mod=vendor|vendor/modules\.txt|not in vendor|go mod vendor|cannot find package[^\n]*\n?[^\n]*[/\\]vendor[/\\]`)
	goModWords        = regexp.MustCompile(`go\.mod|go\.sum|requires go ?>=|no required module|cannot find module|unknown revision|` +
		`malformed module path|invalid version|checksum mismatch|SECURITY ERROR|no matching versions|404 Not Found|410 Gone|` +
		`ambiguous import|declares its path as|does not contain package|replacement (module|directory)|unknown directive|missing module`)
	vcsWords = regexp.MustCompile(`error obtaining VCS status`)
)

// verdict judges a go command that ended with an error. stage is where the app
// fails if its words point nowhere else.
func verdict(r result, stage string) error {
	if do := trouble(r.output); do != "" {
		return &Trouble{Stage: stage, Output: r.output, Do: do}
	}
	if m := unsupportedTarget.FindStringSubmatch(r.output); m != nil {
		return &Unable{Need: "a Go release that supports " + m[1], Do: "exclude the target for this Go release"}
	}
	if !heading.MatchString(r.output) {
		switch {
		case vendorWords.MatchString(r.output):
			stage = "vendor"
		case goModWords.MatchString(r.output):
			stage = "go.mod"
		}
	}
	return &Failure{Stage: stage, Command: r.command, Output: r.output, ExitCode: r.exit}
}

func vcsTrouble(output string) bool { return vcsWords.MatchString(output) }

// preface matches lines that only lead to what is wrong: headings of packages,
// downloads, and the beginning of a chain of imports.
var preface = regexp.MustCompile(`^(# |go: (downloading|finding) )| imports$`)

// firstCause gives the line of a go command's output that a person would point at.
func firstCause(output string) string {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" && !preface.MatchString(line) {
			return line
		}
	}
	return "no output"
}
