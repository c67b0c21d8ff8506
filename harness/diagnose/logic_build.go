package diagnose

import (
	goversion "go/version"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"loop-variable-shared":     loopVariableShared,
	"c-compiler-missing":       cCompilerMissing,
	"cross-c-compiler-missing": crossCCompilerMissing,
	"cgo-off-excludes-package": cgoOffExcludesPackage,
	"own-package-missing":      ownPackageMissing,
})

// notMainWords are the go command's, and the harness's own, for a package that
// is no program.
var notMainWords = regexp.MustCompile(`the package is not a main package|is not a main package$|cannot run non-main package|no main packages to build|requires exactly one main package`)

var goDirective = regexp.MustCompile(`^go (\d+\.\d+\S*)`)

// loopVariableShared is a program whose loops share their variable, and whose
// output looks like it: the same small number, three times and more.
func loopVariableShared(c *Case) *Match {
	m := &Match{Params: map[string]string{}}
	for _, line := range must(c.Bundle.Lines(evidence.GoModFile)) {
		if found := goDirective.FindStringSubmatch(line.Text); found != nil {
			m.Params["directive"] = found[1]
			m.Lines = []evidence.Line{line}
		}
	}
	directive := "go" + m.Params["directive"]
	if !goversion.IsValid(directive) || goversion.Compare(directive, "go1.22") >= 0 {
		return nil
	}
	for _, line := range c.file(evidence.StdoutLog) {
		words := strings.Fields(line.Plain)
		if len(words) < 3 || len(slices.Compact(slices.Clone(words))) > 1 || !smallNumber.MatchString(words[0]) {
			continue
		}
		m.Lines = append(m.Lines, line.Line)
		return m
	}
	return nil
}

var smallNumber = regexp.MustCompile(`^\d{1,3}$`)

var (
	noCompiler = regexp.MustCompile(`(?:C compiler "(?P<compiler>[^"]+)" not found|exec: "(?P<compiler>(?:[\w.-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+)?)": executable file not found|cannot execute ['‘](?P<compiler>cc1|cc1plus|as|collect2)['’])`)
	// crossName is a compiler named after its target: aarch64-linux-gnu-gcc.
	crossName = regexp.MustCompile(`^[a-z0-9_]+-([a-z0-9_]+-)+(gcc|g\+\+|cc|c\+\+|clang)`)
	// wrongTarget is what a compiler for another processor says.
	wrongTarget = regexp.MustCompile(`gcc_\w+\.S:\d+: Error: (?:no such instruction|operand|bad|unknown|junk)|(?:gcc|cc1|clang): error: (?:unrecognized|unknown|unsupported).*(?:-m(?:arm|64|32|arch|abi|thumb|fpu|cpu)\S*)|bad value .* for .?-march|error adding symbols: file in wrong format|incompatible with i386:x86-64 output|unrecognised emulation mode|no such instruction: .(?:stp|ldp|blr|str|ldr)\b`)
)

// compilerNotFound gives the line that says that there is no C compiler, and its name.
func (c *Case) compilerNotFound() (line Line, compiler string, found bool) {
	for _, line := range c.Lines(SourceBuild) {
		if m := noCompiler.FindStringSubmatch(line.Plain); m != nil {
			return line, m[1] + m[2] + m[3], true
		}
	}
	return Line{}, "", false
}

func cCompilerMissing(c *Case) *Match {
	line, compiler, found := c.compilerNotFound()
	if !found || crossName.MatchString(compiler) || c.crosses() {
		return nil
	}
	return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"compiler": compiler}}
}

// crosses says whether the build is known to be for another system or processor
// than it runs on.
func (c *Case) crosses() bool {
	if c.Build == nil {
		return false
	}
	var host evidence.Host
	_ = c.Bundle.JSON(evidence.HostFile, &host)
	system, processor, _ := strings.Cut(host.Harness, "/")
	switch c.Build.GOOS {
	case "darwin", "ios":
		return system != "darwin"
	case "windows", "android":
		return system != c.Build.GOOS
	}
	return processor != "" && c.Build.GOARCH != "" && processor != c.Build.GOARCH
}

func crossCCompilerMissing(c *Case) *Match {
	if line, compiler, found := c.compilerNotFound(); found {
		if crossName.MatchString(compiler) || c.crosses() {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"detail": compiler + ": not found"}}
		}
		return nil
	}
	for _, line := range c.Lines(SourceBuild) {
		if wrongTarget.MatchString(line.Plain) {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"detail": strings.TrimSpace(line.Plain)}}
		}
	}
	return nil
}

var (
	allExcluded = regexp.MustCompile(`(?:imports (?P<package>\S+): )?build constraints exclude all Go files in (?P<dir>\S+)`)
	cgoOff      = regexp.MustCompile(`\bCGO_ENABLED=0\b`)
	otherSystem = regexp.MustCompile(`(?i)(^|[/_-])(windows|darwin|macos|freebsd|plan9|wasm|js|android|ios)([/_-]|$)`)
)

// cgoOffExcludesPackage is a dependency of which nothing is left without cgo. One
// for another system is told by its name.
func cgoOffExcludesPackage(c *Case) *Match {
	lines := c.Lines(SourceBuild)
	off := c.Build != nil && !c.Build.CGO
	if c.Build == nil {
		off = slices.ContainsFunc(lines, func(line Line) bool { return cgoOff.MatchString(line.Plain) })
	}
	if !off {
		return nil
	}
	for _, line := range lines {
		m := allExcluded.FindStringSubmatch(line.Plain)
		if m == nil {
			continue
		}
		dir := m[2]
		if !strings.Contains(dir, "/pkg/mod/") && !strings.Contains(dir, "@v") && !strings.Contains(dir, "/vendor/") || otherSystem.MatchString(path.Base(dir)) {
			continue
		}
		name := m[1]
		if name == "" {
			name = dir
		}
		return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"package": name}}
	}
	return nil
}

var lacking = regexp.MustCompile(`(?:no required module provides package|cannot find module providing package|package) (?P<package>[^\s;:]+)(?:;|:|$| is not in (?:std|GOROOT))`)

// ownPackageMissing is an import of the module itself that has no directory.
func ownPackageMissing(c *Case) *Match {
	module := c.module()
	if module == "" {
		return nil
	}
	for _, line := range c.Lines(SourceBuild) {
		if m := lacking.FindStringSubmatch(line.Plain); m != nil && strings.HasPrefix(m[1], module+"/") && strings.Contains(line.Plain, ".go:") {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"package": m[1], "module": module}}
		}
	}
	return nil
}
