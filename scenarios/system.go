package scenarios

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// The Given steps about who the app is, what it finds on disk, what it is told
// and how much it may use: each adds a condition to the deployment.

func (w *World) noHome() error { return w.under(deployment.NoHome()) }

func (w *World) privilegedPortsClosed() error { return w.under(deployment.PrivilegedPortsClosed()) }

func (w *World) seccompProfile(name string) error { return w.under(deployment.Seccomp(name)) }

func (w *World) noExecAt(path string) error { return w.under(deployment.NoExecAt(path)) }

func (w *World) fullAt(path string) error { return w.under(deployment.FullAt(path)) }

func (w *World) slowAt(path string, by time.Duration) error {
	return w.under(deployment.SlowAt(path, by))
}

func (w *World) readOnlyAt(path string) error { return w.under(deployment.ReadOnlyAt(path)) }

func (w *World) pathMissing(path string) error { return w.under(deployment.MissingPath(path)) }

func (w *World) directoryInstead(path string) error {
	return w.under(deployment.DirectoryInstead(path))
}

func (w *World) pathEmpty(path string) error { return w.under(deployment.EmptyPath(path)) }

func (w *World) pathHasMode(path, mode string) error {
	bits, err := strconv.ParseUint(mode, 8, 12)
	if err != nil {
		return gherkin.Broken(fmt.Errorf("%q is not a mode in octal, such as 0640", mode))
	}
	return w.under(deployment.Mode(path, fs.FileMode(bits)))
}

func (w *World) pathBelongsTo(path string, uid, gid int) error {
	return w.under(deployment.OwnedBy(path, uid, gid))
}

func (w *World) pathHasCRLF(path string) error { return w.under(deployment.WithCRLF(path)) }

func (w *World) pathHasBOM(path string) error { return w.under(deployment.WithBOM(path)) }

func (w *World) fileMalformed(path string) error { return w.under(deployment.MalformedFile(path)) }

func (w *World) filePartlyFilled(path string) error {
	return w.under(deployment.PartlyFilledFile(path))
}

func (w *World) mountedAsConfigMap(path string) error { return w.under(deployment.AsConfigMap(path)) }

func (w *World) mountedWithSubPath(path string) error { return w.under(deployment.SubPath(path)) }

func (w *World) secretOfApp(path string) error { return w.under(deployment.SecretOfApp(path)) }

func (w *World) secretOfRoot(path string) error { return w.under(deployment.SecretOfRoot(path)) }

// configMapChanges launches the app first, if no step has: what changes is what
// a running app reads.
func (w *World) configMapChanges(ctx context.Context, path, from, to string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	return s.ChangeConfigMap(ctx, path, from, to)
}

func (w *World) environmentEmpty(key string) error { return w.under(deployment.Env(key, "")) }

// notANumber is what a number is replaced with: what people write who mean well.
const notANumber = "three"

func (w *World) environmentNotANumber(key string) error {
	return w.under(deployment.Env(key, notANumber))
}

func (w *World) environmentSpaced(key string) error { return w.under(deployment.EnvSpaces(key)) }

func (w *World) timeZone(name string) error { return w.under(deployment.TimeZone(name)) }

func (w *World) cpuLimit(n float64) error { return w.under(deployment.CPUs(n)) }

func (w *World) pidsLimit(n int) error { return w.under(deployment.PIDs(n)) }

func (w *World) openFilesLimit(n int) error { return w.under(deployment.OpenFiles(n)) }

func (w *World) onlyBinary() error { return w.under(deployment.OnlyBinary()) }

func (w *World) noTmp() error { return w.under(deployment.NoTmp()) }

func (w *World) noCACertificates() error { return w.under(deployment.WithoutCACertificates()) }

func (w *World) noTimeZones() error { return w.under(deployment.WithoutTimeZones()) }

func (w *World) noShell() error { return w.under(deployment.WithoutShell()) }
