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

// at applies a condition to a place.
func (w *World) at(p Place, condition func(path string) deployment.Condition) error {
	path, err := w.where(p)
	if err != nil {
		return err
	}
	return w.under(condition(path))
}

func (w *World) noExecAt(p Place) error { return w.at(p, deployment.NoExecAt) }

func (w *World) fullAt(p Place) error { return w.at(p, deployment.FullAt) }

func (w *World) staleVolume(p Place) error { return w.at(p, deployment.StaleVolume) }

func (w *World) slowAt(p Place, by time.Duration) error {
	return w.at(p, func(path string) deployment.Condition { return deployment.SlowAt(path, by) })
}

func (w *World) readOnlyAt(p Place) error { return w.at(p, deployment.ReadOnlyAt) }

func (w *World) pathMissing(p Place) error { return w.at(p, deployment.MissingPath) }

func (w *World) directoryInstead(p Place) error { return w.at(p, deployment.DirectoryInstead) }

func (w *World) pathEmpty(p Place) error { return w.at(p, deployment.EmptyPath) }

func (w *World) pathHasMode(p Place, mode string) error {
	bits, err := strconv.ParseUint(mode, 8, 12)
	if err != nil {
		return gherkin.Broken(fmt.Errorf("%q is not a mode in octal, such as 0640", mode))
	}
	return w.at(p, func(path string) deployment.Condition { return deployment.Mode(path, fs.FileMode(bits)) })
}

func (w *World) pathBelongsTo(p Place, uid, gid int) error {
	return w.at(p, func(path string) deployment.Condition { return deployment.OwnedBy(path, uid, gid) })
}

func (w *World) pathHasCRLF(p Place) error { return w.at(p, deployment.WithCRLF) }

func (w *World) pathHasBOM(p Place) error { return w.at(p, deployment.WithBOM) }

func (w *World) fileMalformed(p Place) error { return w.at(p, deployment.MalformedFile) }

func (w *World) filePartlyFilled(p Place) error { return w.at(p, deployment.PartlyFilledFile) }

func (w *World) mountedAsConfigMap(p Place) error { return w.at(p, deployment.AsConfigMap) }

// mountedWithSubPath needs a file within a mounted directory: one of the image
// is mounted nowhere.
func (w *World) mountedWithSubPath(p Place) error {
	if p == configFile {
		if _, err := w.where(configDir); err != nil {
			return err
		}
	}
	return w.at(p, deployment.SubPath)
}

func (w *World) secretOfApp(p Place) error { return w.at(p, deployment.SecretOfApp) }

func (w *World) secretOfRoot(p Place) error { return w.at(p, deployment.SecretOfRoot) }

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
