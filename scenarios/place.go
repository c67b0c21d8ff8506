package scenarios

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// Place is a path in the container as a feature names it: written out, or by what
// it is to the app, so that one sentence fits every app.
type Place string

// The places that have a name.
const (
	configFile  Place = "the app's configuration file"
	configDir   Place = "the app's configuration directory"
	staticDir   Place = "the app's static directory"
	templateDir Place = "the app's template directory"
	dataDir     Place = "the app's data directory"
)

// placeNames are the Chinese names.
var placeNames = map[string]Place{
	"应用的配置文件": configFile, "应用的配置目录": configDir, "应用的静态目录": staticDir,
	"应用的模板目录": templateDir, "应用的数据目录": dataDir,
}

// placeType is the parameter {place}: whatever {path} is, or a place by its name.
func placeType() gherkin.ParameterType {
	var names []string
	for zh, en := range placeNames {
		names = append(names, zh, string(en))
	}
	slices.Sort(names)
	t := gherkin.ParameterType{Name: "place"}
	for _, builtin := range gherkin.BuiltinTypes() {
		if builtin.Name == "path" {
			unquote := builtin.Convert.(func(string) (string, error)) //nolint:forcetypeassert // the type of {path}
			t.Regexp = strings.Join(names, "|") + "|" + builtin.Regexp
			t.Convert = func(s string) (Place, error) {
				if place, ok := placeNames[s]; ok {
					return place, nil
				}
				text, err := unquote(s)
				return Place(text), err
			}
		}
	}
	return t
}

// where gives the path of a place. An app that has no such place, as far as is
// known, skips the scenario.
func (w *World) where(p Place) (string, error) {
	found, ok := "", true
	var none lang.Text
	switch p {
	case configFile:
		found = w.configurationFile()
		none = lang.Text{
			EN: "the app has no configuration file that is known: its source reads none, and nothing is mounted (app.mounts in matrix.yaml)",
			ZH: "未发现应用的配置文件：源码没有读取，也没有挂载（matrix.yaml 的 app.mounts）",
		}
	case configDir:
		found = w.firstMount(func(_ string, isDir, writable bool) bool { return isDir && !writable })
		none = lang.Text{
			EN: "the app mounts no directory read-only (app.mounts in matrix.yaml)",
			ZH: "应用没有只读挂载的目录（matrix.yaml 的 app.mounts）",
		}
	case dataDir:
		found = w.firstMount(func(_ string, isDir, writable bool) bool { return isDir && writable })
		none = lang.Text{
			EN: "the app mounts nothing that it writes to (app.mounts in matrix.yaml, writable: true)",
			ZH: "应用没有可写的挂载（matrix.yaml 的 app.mounts，writable: true）",
		}
	case staticDir:
		found = w.staticDirectory()
		none = lang.Text{
			EN: "no directory with static files was found that the app serves from disk",
			ZH: "未发现应用从磁盘提供静态文件的目录",
		}
	case templateDir:
		found = w.templateDirectory()
		none = lang.Text{
			EN: "no directory with templates was found that the app reads at run time",
			ZH: "未发现应用在运行时读取的模板目录",
		}
	default:
		found, ok = string(p), false
	}
	if ok && found == "" {
		return "", skip(none)
	}
	return found, nil
}

// configurationFile is the file that production mounts, or else the one that the
// source reads.
func (w *World) configurationFile() string {
	app := w.Launcher.Trial().App
	for _, m := range w.Launcher.Deployment().Mounts {
		if m.Writable {
			continue
		}
		info, err := os.Stat(m.From)
		switch {
		case err != nil:
		case !info.IsDir():
			return m.Path
		default:
			if file := settingsIn(m.From); file != "" {
				return path.Join(m.Path, file)
			}
		}
	}
	for _, file := range app.Configs {
		if deployed(app.Files, file) {
			return path.Join("/", app.WorkDir, filepath.ToSlash(file))
		}
	}
	return ""
}

// settingsIn gives the first file of a directory that holds settings, by its name.
func settingsIn(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	i := slices.IndexFunc(entries, func(e fs.DirEntry) bool {
		kinds := []string{".yaml", ".yml", ".json", ".toml", ".ini", ".env", ".conf", ".properties"}
		return !e.IsDir() && slices.Contains(kinds, path.Ext(e.Name()))
	})
	if i < 0 {
		return ""
	}
	return entries[i].Name()
}

func (w *World) firstMount(fits func(path string, isDir, writable bool) bool) string {
	for _, m := range w.Launcher.Deployment().Mounts {
		info, err := os.Stat(m.From)
		if err == nil && fits(m.Path, info.IsDir(), m.Writable) {
			return m.Path
		}
	}
	return ""
}

func (w *World) staticDirectory() string {
	app := w.Launcher.Trial().App
	for _, s := range app.Static {
		if isDir(filepath.Join(app.Root, s.Dir)) && deployed(app.Files, s.Dir) {
			return path.Join("/", app.WorkDir, filepath.ToSlash(s.Dir))
		}
	}
	return ""
}

// templateDirectory is the directory above the first pattern.
func (w *World) templateDirectory() string {
	app := w.Launcher.Trial().App
	for _, pattern := range app.Templates {
		dir := filepath.ToSlash(pattern)
		for dir != "." && (strings.ContainsAny(dir, "*?[{") || !isDir(filepath.Join(app.Root, dir))) {
			dir = path.Dir(dir)
		}
		if dir != "." && dir != "/" && deployed(app.Files, dir) {
			return path.Join("/", app.WorkDir, dir)
		}
	}
	return ""
}

// deployed says whether a path of the app's tree is among the files, relative as
// it is, that go into the image.
func deployed(files []string, name string) bool {
	name = path.Clean(filepath.ToSlash(name))
	if path.IsAbs(name) || name == "." || strings.HasPrefix(name, "../") {
		return false
	}
	return slices.ContainsFunc(files, func(file string) bool {
		file = path.Clean(filepath.ToSlash(file))
		return name == file || strings.HasPrefix(name, file+"/")
	})
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
