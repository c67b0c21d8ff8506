package build

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	goversion "go/version"
)

// Key names one build. Equal keys give the same artifact.
type Key struct {
	Dir     string // the app's module directory
	Main    string // the main package, as "./cmd/shop"; empty is "."
	Go      string // an exact Go release such as "1.22.12"
	GOOS    string
	GOARCH  string
	Mod     string // "mod" or "vendor"; empty is "mod"
	CGO     bool
	Tags    string // build tags, separated by commas
	LDFlags string
}

// oldest is the first Go release that knows -trimpath, without which the path
// of the app's directory would be in the binary.
const oldest = "1.13"

// String says what sets the build apart, in the words of a matrix.
func (k Key) String() string {
	s := fmt.Sprintf("go=%s target=%s/%s mod=%s cgo=%s", k.Go, k.GOOS, k.GOARCH, k.Mod, onOff(k.CGO))
	if k.Tags != "" {
		s += " tags=" + k.Tags
	}
	return s
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// exactGo matches Go releases the way toolchains are named: up to 1.20 the
// first release of a minor has no ".0", from 1.21 on every one has a patch.
var exactGo = regexp.MustCompile(`^1\.[0-9]+(\.[0-9]+|(rc|beta)[0-9]+)?$`)

// normal checks k and brings it into the one form that is compared.
func (k Key) normal() (Key, error) {
	k.Go = strings.TrimPrefix(k.Go, "go")
	minor := goversion.Lang("go" + k.Go)
	switch {
	case k.Dir == "":
		return k, fmt.Errorf("build %s: no module directory given", k)
	case !exactGo.MatchString(k.Go):
		return k, fmt.Errorf("build %s: Go %q is not an exact release such as 1.22.12", k, k.Go)
	case minor == "go"+k.Go && goversion.Compare(minor, "go1.21") >= 0:
		return k, fmt.Errorf("build %s: Go %s is a minor, not an exact release such as %s.0", k, k.Go, k.Go)
	case goversion.Compare("go"+k.Go, "go"+oldest) < 0:
		return k, fmt.Errorf("build %s: Go %s is older than %s, the oldest release that can build reproducibly", k, k.Go, oldest)
	case k.GOOS == "" || k.GOARCH == "":
		return k, fmt.Errorf("build %s: target has no operating system or no architecture", k)
	}
	dir, err := filepath.Abs(k.Dir)
	if err != nil {
		return k, fmt.Errorf("build %s: find module directory: %w", k, err)
	}
	// One directory has one name, and it is the one that can be walked.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return k, fmt.Errorf("build %s: find module directory: %w", k, err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return k, fmt.Errorf("build %s: find module directory: %s is not a directory", k, dir)
	}
	k.Dir = dir

	switch k.Mod {
	case "":
		k.Mod = "mod"
	case "mod", "vendor":
	default:
		return k, fmt.Errorf("build %s: mod is %q, want mod or vendor", k, k.Mod)
	}
	k.Main = "./" + strings.TrimPrefix(filepath.ToSlash(filepath.Clean(k.Main)), "./")
	if k.Main == "./." {
		k.Main = "."
	}
	tags := strings.FieldsFunc(k.Tags, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(tags)
	k.Tags = strings.Join(slices.Compact(tags), ",")
	return k, nil
}

// before says whether k's Go is older than the minor v, as "1.16".
func (k Key) before(v string) bool {
	return goversion.Compare(goversion.Lang("go"+k.Go), "go"+v) < 0
}

// arguments are those of the go command that builds k into out; mod is the
// value of -mod.
func (k Key) arguments(out, mod string) []string {
	args := []string{"build", "-trimpath", "-mod=" + mod}
	// Stamps came with 1.18, which fails where it cannot make one. From 1.19 on
	// the default is to leave them out where there is no version control.
	if strings.HasPrefix(k.Go, "1.18") {
		args = append(args, "-buildvcs=false")
	}
	if k.Tags != "" {
		args = append(args, "-tags="+k.Tags)
	}
	if k.LDFlags != "" {
		args = append(args, "-ldflags="+k.LDFlags)
	}
	return append(args, "-o", out, k.Main)
}

// fileName is where the artifact lies under the artifacts folder: readable for
// a person, and different for every key.
func (k Key) fileName() string {
	name := filepath.Base(filepath.Join(k.Dir, filepath.FromSlash(k.Main)))
	if name == string(filepath.Separator) {
		name = "app"
	}
	switch {
	case k.GOOS == "windows":
		name += ".exe"
	case k.GOARCH == "wasm":
		name += ".wasm"
	}
	return filepath.Join(fmt.Sprintf("go%s-%s-%s-%s", k.Go, k.GOOS, k.GOARCH, digest(k)), name)
}
