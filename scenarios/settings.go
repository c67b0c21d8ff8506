package scenarios

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/lang"
)

// What the deployment tells the app in variables, by what it says and not by the
// variable's name, which differs from app to app.

// noSuchHost is a name that nobody has: .invalid is kept for that (RFC 2606).
const noSuchHost = "redis.invalid"

// told gives the variables of the deployment whose value is filled in with one of
// these addresses.
func (w *World) told(addresses ...string) []string {
	env := w.Launcher.Deployment().Env
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(env)) {
		if slices.ContainsFunc(addresses, func(a string) bool { return strings.Contains(env[key], a) }) {
			keys = append(keys, key)
		}
	}
	return keys
}

// eachOf applies a condition for every key.
func (w *World) eachOf(keys []string, none lang.Text, make func(key string) deployment.Condition) error {
	if len(keys) == 0 {
		return skip(none)
	}
	for _, key := range keys {
		if err := w.under(make(key)); err != nil {
			return err
		}
	}
	return nil
}

// redisAddress changes the variables that say where Redis is.
func (w *World) redisAddress(make func(key string) deployment.Condition) error {
	if err := w.needsRedis(); err != nil {
		return err
	}
	return w.eachOf(w.told("${REDIS_ADDR}", "${REDIS_HOST}", "${REDIS_URL}"), lang.Text{
		EN: "no environment variable tells the app where Redis is (${REDIS_ADDR} in app.env)",
		ZH: "没有环境变量告知应用 Redis 的地址（app.env 中的 ${REDIS_ADDR}）",
	}, make)
}

func (w *World) redisAddressUnset() error { return w.redisAddress(deployment.EnvUnset) }

func (w *World) redisAddressEmpty() error {
	return w.redisAddress(func(key string) deployment.Condition { return deployment.Env(key, "") })
}

func (w *World) redisAddressSpaced() error { return w.redisAddress(deployment.EnvSpaces) }

func (w *World) redisAddressWrong() error {
	env := w.Launcher.Deployment().Env
	wrong := strings.NewReplacer("${REDIS_ADDR}", noSuchHost+":6379", "${REDIS_HOST}", noSuchHost, "${REDIS_URL}", "redis://"+noSuchHost+":6379/0")
	return w.redisAddress(func(key string) deployment.Condition { return deployment.Env(key, wrong.Replace(env[key])) })
}

// portNotANumber changes the variables that say where to listen.
func (w *World) portNotANumber() error {
	env := w.Launcher.Deployment().Env
	return w.eachOf(w.told("${PORT}"), lang.Text{
		EN: "no environment variable tells the app its port (${PORT} in app.env)",
		ZH: "没有环境变量告知应用监听端口（app.env 中的 ${PORT}）",
	}, func(key string) deployment.Condition {
		return deployment.Env(key, strings.ReplaceAll(env[key], "${PORT}", notANumber))
	})
}

// settings are the variables of the app but those that say where it listens: an
// app that does not know its port may well take another one.
func (w *World) settings(also ...string) []string {
	keys := slices.Concat(slices.Collect(maps.Keys(w.Launcher.Deployment().Env)), also)
	where := w.told("${PORT}")
	engines := []string{"PATH", "HOME", "HOSTNAME", "TZ", "PORT"}
	keys = slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(where, key) || slices.Contains(engines, key) })
	slices.Sort(keys)
	return slices.Compact(keys)
}

func noVariables() lang.Text {
	return lang.Text{EN: "the app is told nothing in environment variables", ZH: "应用不读取环境变量"}
}

func (w *World) nothingSet() error {
	return w.eachOf(w.settings(), noVariables(), deployment.EnvUnset)
}

func (w *World) everythingEmpty() error {
	return w.eachOf(w.settings(w.Launcher.Trial().App.EnvKeys...), noVariables(),
		func(key string) deployment.Condition { return deployment.Env(key, "") })
}

// configMapUpdated touches the configuration as the kubelet does it, and leaves
// it as it is: the app must only not mind.
func (w *World) configMapUpdated(ctx context.Context) error {
	dir, err := w.where(configDir)
	if err != nil {
		return err
	}
	file, err := w.where(configFile)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(file, dir+"/") {
		return skip(lang.Text{EN: "no file with settings is in the mounted directory " + dir, ZH: "挂载目录 " + dir + " 中没有配置文件"})
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	return s.ChangeConfigMap(ctx, file, "", "")
}
