package harness

import (
	"fmt"
	"runtime"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/image"
)

// What the rooms of the harness know, in the words of a bundle.

func buildRecord(k build.Key) evidence.Build {
	b := evidence.Build{Go: k.Go, GOOS: k.GOOS, GOARCH: k.GOARCH, Mod: k.Mod, CGO: k.CGO, Tags: k.Tags, LDFlags: k.LDFlags, Main: k.Main}
	if b.Mod == "" {
		b.Mod = "mod"
	}
	return b
}

func artifactRecord(a *build.Artifact) evidence.Build {
	b := buildRecord(a.Key)
	b.Command, b.SHA256, b.Size, b.Binary = a.Command, a.SHA256, a.Size, binaryRecord(a.Facts)
	return b
}

func failedBuild(f *build.Failure) evidence.Build {
	b := buildRecord(f.Key)
	b.Command, b.Stage = f.Command, f.Stage
	if f.Facts != nil {
		b.Binary = binaryRecord(*f.Facts)
	}
	return b
}

func binaryRecord(f build.Facts) *evidence.Binary {
	b := &evidence.Binary{
		Format: f.Format, GoVersion: f.GoVersion, GOOS: f.GOOS, GOARCH: f.GOARCH, CGO: f.CGO,
		Static: f.Static, Interpreter: f.Interpreter, Needed: f.Needed, GLIBC: f.GLIBC, Settings: f.Settings,
	}
	for _, m := range f.Modules {
		version := m.Version
		if m.Replace != nil {
			version += " => " + m.Replace.Path
			if m.Replace.Version != "" {
				version += " " + m.Replace.Version
			}
		}
		if b.Modules == nil {
			b.Modules = map[string]string{}
		}
		b.Modules[m.Path] = version
	}
	return b
}

func fileRecords(list []image.Entry) []evidence.File {
	records := make([]evidence.File, len(list))
	for i, e := range list {
		records[i] = evidence.File{Path: e.Path, Type: e.Type, Mode: fmt.Sprintf("%04o", e.Mode), UID: e.UID, GID: e.GID, Size: e.Size, Target: e.Target}
	}
	return records
}

func appRecord(a *app.App) evidence.App {
	record := evidence.App{
		Name: a.Name, Framework: a.Framework, Port: a.Port, Ready: a.Ready, Redis: a.Redis != nil && *a.Redis,
		Templates: a.Templates, Embeds: a.Embeds, Configs: a.Configs, Missing: a.Missing, EnvKeys: a.EnvKeys,
	}
	for _, s := range a.Static {
		record.Static = append(record.Static, evidence.StaticDir{URL: s.URL, Dir: s.Dir})
	}
	return record
}

func (t *Trial) host() evidence.Host {
	e, m := t.Engine, t.Engine.Machine
	h := evidence.Host{
		Engine: e.Name, Product: "Docker", Version: e.Version, API: e.APIVersion, Endpoint: e.Endpoint.Host,
		Kernel: m.Kernel, OS: m.OS, Arch: e.Arch(), CgroupVersion: e.CgroupVersion, CgroupDriver: m.CgroupDriver, Storage: e.StorageDriver,
		Security: m.Security, Rootless: m.Rootless, CPUs: m.CPUs, Memory: m.Memory,
		ClockMillis: m.ClockAhead.Milliseconds(), Harness: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if e.Podman {
		h.Product = "Podman"
	}
	return h
}
