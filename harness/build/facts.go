package build

import (
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	goversion "go/version"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

// Unknown stands in [Facts] for what a binary does not say. Binaries of Go 1.17
// and older say little.
const Unknown = "unknown"

// Facts are what a binary says of itself: read from its bytes, never from how it
// was asked for.
type Facts struct {
	Format    string // "elf", "pe", "macho" or "wasm"
	GoVersion string // as recorded, "go1.22.12"; Unknown if nothing is
	GOOS      string // as recorded, else from the object file, else Unknown
	GOARCH    string // from the object file: what a loader goes by
	CGO       bool   // means something only if Settings has CGO_ENABLED

	Main     string            // import path of the main package
	Modules  []Module          // the main module, then its dependencies
	VCS      map[string]string // "vcs", "vcs.revision", "vcs.time", "vcs.modified"
	Settings map[string]string // build settings, from Go 1.18 on

	Static      bool     // needs no loader and no shared library
	Interpreter string   // ELF: the loader it asks for, "/lib64/ld-linux-x86-64.so.2"
	Needed      []string // shared libraries it names
	GLIBC       string   // ELF: the newest version of glibc's symbols it wants, "2.34"
}

// Module is one module a binary was built from.
type Module struct {
	Path, Version, Sum string
	Replace            *Module // what stood in for it
}

// ReadFacts reads what the binary at path says of itself. A file that is no
// object file, or a broken one, is an error; a binary not made by Go is not, but
// its facts are few.
func ReadFacts(path string) (Facts, error) {
	f, err := os.Open(path)
	if err != nil {
		return Facts{}, fmt.Errorf("read facts: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Facts{}, fmt.Errorf("read facts: %w", err)
	}
	facts, err := readFacts(f, info.Size())
	if err != nil {
		return Facts{}, fmt.Errorf("read facts of %s: %w", path, err)
	}
	return facts, nil
}

func readFacts(r io.ReaderAt, size int64) (f Facts, err error) {
	// The debug packages say of themselves that broken files may make them panic.
	defer func() {
		if p := recover(); p != nil {
			f, err = Facts{}, fmt.Errorf("broken object file: %v", p)
		}
	}()
	magic := make([]byte, 4)
	if _, err := r.ReadAt(magic, 0); err != nil {
		return Facts{}, fmt.Errorf("read its first bytes: %w", err)
	}
	f = Facts{GoVersion: Unknown, GOOS: Unknown, GOARCH: Unknown}
	switch {
	case string(magic) == elf.ELFMAG:
		err = f.readELF(r, size)
	case string(magic[:2]) == "MZ":
		err = f.readPE(r, size)
	case string(magic) == "\xcf\xfa\xed\xfe" || string(magic) == "\xce\xfa\xed\xfe":
		err = f.readMachO(r, size)
	case string(magic) == "\x00asm":
		err = f.readWasm(r, size)
	default:
		return Facts{}, errors.New("neither ELF, PE, Mach-O nor WebAssembly")
	}
	if err != nil {
		return Facts{}, err
	}
	if f.Format == "wasm" {
		return f, nil // its facts are all read, in a way of their own
	}
	// Not every binary is Go's; whoever expects one sees that GoVersion is Unknown.
	if info, err := buildinfo.Read(r); err == nil {
		f.record(info)
	}
	return f, nil
}

// record takes over what the go command has written into the binary.
func (f *Facts) record(info *debug.BuildInfo) {
	if info.GoVersion != "" {
		f.GoVersion = info.GoVersion
	}
	f.Main = info.Path
	if info.Main.Path != "" {
		f.Modules = append(f.Modules, module(&info.Main))
	}
	for _, m := range info.Deps {
		f.Modules = append(f.Modules, module(m))
	}
	f.VCS, f.Settings = map[string]string{}, map[string]string{}
	for _, s := range info.Settings {
		if s.Key == "vcs" || strings.HasPrefix(s.Key, "vcs.") {
			f.VCS[s.Key] = s.Value
			continue
		}
		f.Settings[s.Key] = s.Value
	}
	f.CGO = f.Settings["CGO_ENABLED"] == "1"
	if v := f.Settings["GOOS"]; v != "" {
		f.GOOS = v
	}
	if v := f.Settings["GOARCH"]; v != "" && f.GOARCH == Unknown {
		f.GOARCH = v
	}
}

func module(m *debug.Module) Module {
	out := Module{Path: m.Path, Version: m.Version, Sum: m.Sum}
	if m.Replace != nil {
		r := module(m.Replace)
		out.Replace = &r
	}
	return out
}

func (f *Facts) readELF(r io.ReaderAt, size int64) error {
	e, err := elf.NewFile(r)
	if err != nil {
		return err
	}
	f.Format = "elf"
	for arch, m := range elfMachines {
		if m.machine == e.Machine && m.class == e.Class && m.data == e.Data {
			f.GOARCH = arch
		}
	}
	for _, p := range e.Progs {
		if p.Filesz > uint64(size) || p.Off > uint64(size)-p.Filesz {
			return fmt.Errorf("truncated: a segment ends at byte %d of %d", p.Off+p.Filesz, size)
		}
		if p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			path := make([]byte, p.Filesz)
			if _, err := p.ReadAt(path, 0); err != nil {
				return fmt.Errorf("read interpreter: %w", err)
			}
			f.Interpreter = strings.TrimRight(string(path), "\x00")
		}
	}
	// Neither error is ours: a static binary has nothing to import.
	if libs, err := e.ImportedLibraries(); err == nil {
		f.Needed = libs
	}
	if symbols, err := e.ImportedSymbols(); err == nil {
		f.GLIBC = newestGLIBC(symbols)
	}
	f.Static = f.Interpreter == "" && len(f.Needed) == 0
	f.GOOS = elfSystem(e, f.Interpreter, r, size)
	return nil
}

// newestGLIBC gives the newest version among symbols such as "GLIBC_2.34".
func newestGLIBC(symbols []elf.ImportedSymbol) string {
	newest := ""
	for _, s := range symbols {
		v, ok := strings.CutPrefix(s.Version, "GLIBC_")
		// glibc's versions order as Go's do: 2.9 < 2.34, 2.2.5 < 2.3.
		if ok && goversion.IsValid("go"+v) && (newest == "" || goversion.Compare("go"+v, "go"+newest) > 0) {
			newest = v
		}
	}
	return newest
}

// elfSystem tells the operating system of an ELF file. Linux has no mark of its
// own in the header: what is unmarked is Linux only if its loader or Go's own
// table of source files says so.
func elfSystem(e *elf.File, interpreter string, r io.ReaderAt, size int64) string {
	switch e.OSABI {
	case elf.ELFOSABI_FREEBSD:
		return "freebsd"
	case elf.ELFOSABI_NETBSD:
		return "netbsd"
	case elf.ELFOSABI_OPENBSD:
		return "openbsd"
	case elf.ELFOSABI_SOLARIS:
		return "solaris"
	case elf.ELFOSABI_LINUX:
		return "linux"
	case elf.ELFOSABI_NONE:
	default:
		return Unknown
	}
	for _, loader := range []string{"/ld-linux", "/ld-musl", "/ld64.so"} {
		if strings.Contains(interpreter, loader) {
			return "linux"
		}
	}
	for _, system := range []string{"linux", "dragonfly"} {
		if _, found := find(r, size, "runtime/os_"+system+".go"); found {
			return system
		}
	}
	return Unknown
}

func (f *Facts) readPE(r io.ReaderAt, size int64) error {
	p, err := pe.NewFile(r)
	if err != nil {
		return err
	}
	f.Format, f.GOOS = "pe", "windows"
	for _, s := range p.Sections {
		if s.Offset != 0 && uint64(s.Offset)+uint64(s.Size) > uint64(size) {
			return fmt.Errorf("truncated: section %s ends at byte %d of %d", s.Name, uint64(s.Offset)+uint64(s.Size), size)
		}
	}
	if arch := peMachines[p.Machine]; arch != "" {
		f.GOARCH = arch
	}
	symbols, err := p.ImportedSymbols()
	if err != nil {
		return fmt.Errorf("read imports: %w", err)
	}
	for _, s := range symbols { // "ProcessPrng:bcryptprimitives.dll"
		if _, library, ok := strings.Cut(s, ":"); ok {
			f.Needed = append(f.Needed, strings.ToLower(library))
		}
	}
	slices.Sort(f.Needed)
	f.Needed = slices.Compact(f.Needed)
	f.Static = len(f.Needed) == 0
	return nil
}

func (f *Facts) readMachO(r io.ReaderAt, size int64) error {
	m, err := macho.NewFile(r)
	if err != nil {
		return err
	}
	f.Format, f.GOOS = "macho", "darwin"
	for _, l := range m.Loads {
		if s, ok := l.(*macho.Segment); ok && (s.Filesz > uint64(size) || s.Offset > uint64(size)-s.Filesz) {
			return fmt.Errorf("truncated: segment %s ends at byte %d of %d", s.Name, s.Offset+s.Filesz, size)
		}
	}
	if arch := machoMachines[m.Cpu]; arch != "" {
		f.GOARCH = arch
	}
	if f.Needed, err = m.ImportedLibraries(); err != nil {
		return fmt.Errorf("read imports: %w", err)
	}
	f.Static = len(f.Needed) == 0
	return nil
}
