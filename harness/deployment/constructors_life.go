package deployment

import (
	"strconv"
	"time"
)

// WithInit runs the app below an init.
func WithInit() Condition { return Condition{Name: "init"} }

// RestartedBy lets the engine start an app again that has ended.
func RestartedBy(policy Restart) Condition { return Condition{Name: "restart", Value: string(policy)} }

// StartupProbe kills an app that takes too long to start, as Kubernetes does.
func StartupProbe(p Probe) Condition { return Condition{Name: "startup-probe", Value: p.String()} }

// LivenessProbe kills an app that does not answer, as Kubernetes does.
func LivenessProbe(p Probe) Condition { return Condition{Name: "liveness-probe", Value: p.String()} }

// TwoReplicas runs two instances of the app side by side.
func TwoReplicas() Condition {
	return Condition{Name: "replicas", Value: strconv.Itoa(mostReplicas)}
}

// LogReadBy puts a reader of its own at the end of the app's stdout and stderr.
func LogReadBy(r LogReader) Condition { return Condition{Name: "log-reader", Value: r.String()} }

// SlowAt delays everything that is done with files at or below a path.
func SlowAt(path string, by time.Duration) Condition {
	return Condition{Name: "slow", Value: path + ":" + by.String()}
}

// StaleVolume mounts a volume that an earlier release has filled.
func StaleVolume(path string) Condition { return Condition{Name: "stale-volume", Value: path} }

// ProxyStaticVolume lets nginx answer what is below a path from a volume that it
// shares with the app.
func ProxyStaticVolume(url, dir string) Condition {
	return Condition{Name: "proxy-static-volume", Value: url + ":" + dir}
}
