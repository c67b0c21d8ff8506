package scenarios

import (
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/lang"
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
	return skip(lang.Text{EN: "the app mounts nothing read-only (app.mounts in matrix.yaml)", ZH: "应用没有只读挂载（matrix.yaml 的 app.mounts）"})
}

func (w *World) unreadable(p Place) error { return w.at(p, deployment.Unreadable) }

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
// library has no business on scratch, nor where there is another one.
func (w *World) onBase(name string) error {
	facts := w.Launcher.Artifact.Facts
	ofMusl := strings.Contains(facts.Interpreter, "musl")
	if !facts.Static && (name == "scratch" || ofMusl != (name == "musl")) {
		return skip(both("the binary needs %s: it is built with cgo", "二进制依赖 %s：它以 cgo 构建", facts.Interpreter))
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
		return skip(lang.Text{EN: "the app uses no Redis (app.redis in matrix.yaml)", ZH: "应用不使用 Redis（matrix.yaml 的 app.redis）"})
	case app.DetectedRedis && !w.Launcher.ConnectsToRedis():
		return skip(lang.Text{
			EN: "the app imports a Redis client, but did not connect to the Redis beside it: tell it in app.env where that is (${REDIS_ADDR}), or declare app.redis in matrix.yaml",
			ZH: "应用引入了 Redis 客户端，但没有连接旁边的 Redis：请在 app.env 中用 ${REDIS_ADDR} 告知地址，或在 matrix.yaml 声明 app.redis",
		})
	}
	return nil
}

// stopGrace is what an app gets on top of its own time to stop, for the engine.
const stopGrace = 2 * time.Second
