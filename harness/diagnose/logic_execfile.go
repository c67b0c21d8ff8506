package diagnose

import (
	"fmt"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"binary-empty":              binaryEmpty,
	"binary-truncated":          binaryTruncated,
	"binary-wrong-system":       binaryWrongSystem,
	"binary-wrong-architecture": binaryWrongArchitecture,
	"script-bom":                scriptBOM,
	"script-without-shebang":    scriptWithoutShebang,
	"exec-format":               execFormat,
	"package-not-main":          packageNotMain,
})

// binaryEmpty is a program of no bytes: the kernel refuses it, a shell runs it
// as a script of no lines.
func binaryEmpty(c *Case) *Match {
	s, refused := c.start(badFormat)
	if !refused {
		if !c.Ended() || c.State.ExitCode != 0 || !c.silent() {
			return nil
		}
		s.Line = c.Evidence(evidence.StateFile, `"exitCode"`)
	}
	empty := func(p evidence.Path) bool { return p.Error == "" && p.Type == "file" && p.Size == 0 && p.Head == "" }
	if s.Program != "" {
		if p, ok := c.at(s.Program); !ok || !empty(p) {
			if !c.changedTo(s.Program, "empty") {
				return nil
			}
		}
		return s.about()
	}
	for _, p := range c.Paths {
		if p.Why == "binary" && empty(p) {
			s.Program = p.Abs
			m := s.about()
			m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, fmt.Sprintf("%q", p.Abs)))
			return m
		}
	}
	return nil
}

// binaryTruncated is a file whose end is missing: what the kernel maps beyond it
// is not there when the program first touches it.
func binaryTruncated(c *Case) *Match {
	const segmentationFault, busError = 139, 135
	if !c.Ended() || c.State.ExitCode != segmentationFault && c.State.ExitCode != busError || !c.silent() {
		return nil
	}
	m := &Match{
		Lines:      []evidence.Line{c.Evidence(evidence.StateFile, `"exitCode"`)},
		Params:     map[string]string{"sizes": ""},
		Confidence: Possible,
	}
	for _, p := range c.Paths {
		if p.Why == "binary" && c.Build != nil && c.Build.Size > 0 && p.Size > 0 {
			if p.Size >= c.Build.Size {
				return nil
			}
			m.Params["sizes"] = fmt.Sprintf(" (%d / %d bytes)", p.Size, c.Build.Size)
			m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, fmt.Sprintf("%q", p.Abs)))
			m.Confidence = Certain
		}
	}
	if c.Build != nil && c.Build.Binary != nil && c.Build.Binary.CGO && m.Confidence != Certain {
		return nil // C may end so at any time
	}
	return m
}

// systems are the names of systems in GOOS as people know them.
var systems = map[string]string{
	"darwin": "macOS", "windows": "Windows", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD", "js": "JavaScript (WebAssembly)",
	"wasip1": "WASI (WebAssembly)", "plan9": "Plan 9", "solaris": "Solaris",
}

// magics are how programs that Linux does not run begin.
var magics = []struct{ begins, system string }{
	{"MZ", "Windows"},
	{"\xcf\xfa\xed\xfe", "macOS"}, {"\xce\xfa\xed\xfe", "macOS"}, {"\xfe\xed\xfa\xcf", "macOS"}, {"\xca\xfe\xba\xbe", "macOS"},
	{"\x00asm", "WebAssembly"},
}

func binaryWrongSystem(c *Case) *Match {
	s, ok := c.start(badFormat)
	if !ok || c.isScript(s.Program) {
		return nil
	}
	p, _ := c.at(s.Program)
	system := ""
	for _, magic := range magics {
		if strings.HasPrefix(head(p), magic.begins) {
			system = magic.system
		}
	}
	if b := c.Build; b != nil && system == "" && head(p) == "" {
		system = systems[b.GOOS]
		if b.Binary != nil && b.Binary.GOOS != "" {
			system = systems[b.Binary.GOOS]
		}
		if b.Binary != nil && system == "" {
			system = map[string]string{"pe": "Windows", "macho": "macOS", "wasm": "WebAssembly"}[b.Binary.Format]
		}
	}
	if system == "" {
		return nil
	}
	return s.about("system", system)
}

// architectures are the names of processors as systems have them, in GOARCH's.
var architectures = map[string]string{
	"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "arm64/v8": "arm64", "armv7l": "arm", "armv6l": "arm", "i686": "386", "i386": "386", "ppc64el": "ppc64le",
}

func architecture(name string) string {
	if known, ok := architectures[name]; ok {
		return known
	}
	return name
}

// machines are the values of e_machine in ELF headers.
var machines = map[byte]string{3: "386", 0x3e: "amd64", 0x28: "arm", 0xb7: "arm64", 0xf3: "riscv64", 0x15: "ppc64", 0x16: "s390x", 8: "mips"}

// elfArchitecture reads the processor out of an ELF header of little endian.
func elfArchitecture(begins string) string {
	const data, machine, little = 5, 18, 1
	if len(begins) <= machine || !strings.HasPrefix(begins, "\x7fELF") || begins[data] != little {
		return ""
	}
	return machines[begins[machine]]
}

func binaryWrongArchitecture(c *Case) *Match {
	s, ok := c.start(badFormat)
	if !ok || c.isScript(s.Program) {
		return nil
	}
	var host evidence.Host
	_ = c.Bundle.JSON(evidence.HostFile, &host)
	want := architecture(host.Arch)
	p, _ := c.at(s.Program)
	have := elfArchitecture(head(p))
	if have == "" && head(p) == "" && c.Build != nil {
		have = c.Build.GOARCH
		if c.Build.Binary != nil && c.Build.Binary.GOARCH != "" {
			have = c.Build.Binary.GOARCH
		}
	}
	if have == "" && head(p) == "" && c.Image != nil {
		have = architecture(c.Image.Arch)
	}
	if have == "" || want == "" || have == want {
		return nil
	}
	m := s.about("have", have, "want", want)
	m.Lines = append(m.Lines, c.Evidence(evidence.HostFile, `"arch"`))
	return m
}

func scriptBOM(c *Case) *Match {
	s, ok := c.start(badFormat)
	if ok {
		p, _ := c.at(s.Program)
		if c.changedTo(s.Program, "bom") || strings.HasPrefix(head(p), byteOrderMark) {
			return s.about()
		}
	}
	for _, line := range c.Lines(SourceApp) {
		if script, _, found := strings.Cut(line.Plain, ": "); found && strings.Contains(line.Plain, "\ufeff#!") {
			return failedStart{Line: line.Line, Program: script}.about()
		}
	}
	return nil
}

func scriptWithoutShebang(c *Case) *Match {
	s, ok := c.start(badFormat)
	if !ok || !c.isScript(s.Program) {
		return nil
	}
	p, _ := c.at(s.Program)
	if strings.HasPrefix(head(p), "#!") {
		return nil
	}
	return s.about()
}

func execFormat(c *Case) *Match {
	s, ok := c.start(badFormat)
	if !ok {
		return nil
	}
	return s.about()
}

// packageNotMain is told by the go command or by how the file begins.
func packageNotMain(c *Case) *Match {
	for _, line := range c.Lines(SourceBuild) {
		if notMainWords.MatchString(line.Plain) {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{}}
		}
	}
	if s, ok := c.start(badFormat, noRight); ok {
		if p, known := c.at(s.Program); known && strings.HasPrefix(head(p), "!<arch>") {
			return s.about()
		}
	}
	return nil
}
