package scenarios

import (
	"fmt"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// The Given steps: each adds a condition to the deployment.

func (w *World) runsAsUser(uid int) error { return w.under(deployment.User(uid, uid)) }

func (w *World) runsAsUserAndGroup(uid, gid int) error { return w.under(deployment.User(uid, gid)) }

func (w *World) rootIsReadOnly() error { return w.under(deployment.ReadOnlyRoot()) }

func (w *World) capabilitiesDropped() error { return w.under(deployment.DropCapabilities()) }

func (w *World) noNewPrivileges() error { return w.under(deployment.NoNewPrivileges()) }

func (w *World) workingDirectory(path string) error { return w.under(deployment.WorkDir(path)) }

func (w *World) memoryLimit(size gherkin.Size) error { return w.under(deployment.Memory(int64(size))) }

func (w *World) tmpfsAt(path string) error { return w.under(deployment.TmpfsAt(path, 0)) }

func (w *World) tmpfsOfSizeAt(size gherkin.Size, path string) error {
	return w.under(deployment.TmpfsAt(path, int64(size)))
}

func (w *World) notMounted(path string) error { return w.under(deployment.MissingMount(path)) }

// firstMountMissing leaves out the app's first read-only mount, whatever it is.
func (w *World) firstMountMissing() error {
	for _, m := range w.Launcher.Deployment().Mounts {
		if !m.Writable {
			return w.under(deployment.MissingMount(m.Path))
		}
	}
	return gherkin.Skip("the app mounts nothing read-only (app.mounts in matrix.yaml)")
}

func (w *World) unreadable(path string) error { return w.under(deployment.Unreadable(path)) }

func (w *World) environmentIs(key, value string) error { return w.under(deployment.Env(key, value)) }

func (w *World) environmentUnset(key string) error { return w.under(deployment.EnvUnset(key)) }

func (w *World) condition(text string) error {
	c, err := deployment.Parse(text)
	if err != nil {
		return gherkin.Broken(err)
	}
	return w.under(c)
}

// onBase launches on another base than the cell's; a binary that needs a C
// library has no business on scratch.
func (w *World) onBase(name string) error {
	facts := w.Launcher.Artifact.Facts
	if name == "scratch" && !facts.Static {
		return gherkin.Skip(fmt.Sprintf("the binary needs %s: it is built with cgo", facts.Interpreter))
	}
	w.base = name
	return nil
}

// needsRedis skips scenarios about Redis for an app that has none, or that only
// imports a client and never came: what it does without Redis would show nothing.
func (w *World) needsRedis() error {
	app := w.Launcher.Trial().App
	switch {
	case app.Redis == nil || !*app.Redis:
		return gherkin.Skip("the app uses no Redis (app.redis in matrix.yaml)")
	case app.DetectedRedis && !w.Launcher.ConnectsToRedis():
		return gherkin.Skip("the app imports a Redis client, but did not connect to the Redis beside it: tell it in app.env where that is (${REDIS_ADDR}), or declare app.redis in matrix.yaml")
	}
	return nil
}

// stopGrace is what an app gets on top of its own time to stop, for the engine.
const stopGrace = 2 * time.Second
