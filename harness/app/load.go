package app

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/matrix"
)

// The defaults of what no source can say.
const (
	DefaultWorkDir     = "/app"
	DefaultStartWithin = 30 * time.Second
	DefaultStopWithin  = 10 * time.Second
	// DefaultPort is used only when the app takes its port from the environment
	// and names none itself.
	DefaultPort = 8080
)

// Load resolves a declared app. Its Dir is relative to base, the directory of the
// matrix file; an empty base is the current directory.
//
// The error is [Problems] when the declaration or the app is at fault: no go.mod,
// no main package or several, no port to be found, declared files or mount
// sources that do not exist. It names all that could be found out in one go; the
// app is given beside it as far as it is known, nil only without a module.
func Load(declared matrix.App, base string) (*App, error) {
	dir := declared.Dir
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(base, filepath.FromSlash(dir))
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("resolve app dir: %w", err)
	}
	a := &App{App: declared, Root: dir}
	a.Dir, a.Mounts = dir, slices.Clone(declared.Mounts)
	a.setDefaults()

	m, err := openModule(dir)
	if err != nil {
		return nil, err
	}
	a.describeModule(m)

	var problems Problems
	main, why, err := m.chooseMain(declared.Main)
	problems.add(err)
	a.chooseName(m, main)
	if err == nil {
		a.Main = dotted(main)
		if why != "" {
			a.Notes = append(a.Notes, Note{"main " + a.Main + ": " + why, main})
		}
		a.detect(m.parse(main), declared.WorkDir == "", &problems)
	}
	a.checkDeclared(&problems)
	return a, problems.orNil()
}

// chooseName names an app that is not named after its main package or its module.
func (a *App) chooseName(m *module, main string) {
	if a.Name != "" {
		return
	}
	a.Name = m.base()
	if main != "" && main != "." {
		a.Name = path.Base(main)
	}
	a.Name = imageName(a.Name)
}

// imageName makes a name fit for an image: lower case, and nothing but letters,
// digits, dots, dashes and underscores between letters or digits.
func imageName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	if name = strings.Trim(name, "-._"); name == "" {
		return "app"
	}
	return name
}

func (a *App) setDefaults() {
	if a.WorkDir == "" {
		a.WorkDir = DefaultWorkDir
	}
	if a.StartWithin == 0 {
		a.StartWithin = DefaultStartWithin
	}
	if a.StopWithin == 0 {
		a.StopWithin = DefaultStopWithin
	}
}

func (a *App) describeModule(m *module) {
	a.Module, a.GoDirective, a.Toolchain = m.path, m.goVersion, m.toolchain
	line := func(what string, n int) { a.Notes = append(a.Notes, Note{what, fmt.Sprintf("go.mod:%d", n)}) }
	line("module "+m.path, m.lines.module)
	if m.goVersion != "" {
		line("go "+m.goVersion, m.lines.goVersion)
	}
	if m.toolchain != "" {
		line("toolchain "+m.toolchain, m.lines.toolchain)
	}
}

// detect answers the questions one after the other; later ones use earlier ones.
// freeWorkDir says that no working directory is declared.
func (a *App) detect(s *source, freeWorkDir bool, problems *Problems) {
	if a.Framework = s.framework(); a.Framework != "" {
		note, _ := s.importOf(frameworkPath(s, a.Framework))
		a.Notes = append(a.Notes, Note{"framework " + a.Framework, note.Where})
	}

	refs := &references{s: s}
	refs.collect()
	declaredFiles := a.Files != nil
	root := a.place(s, refs)
	if declaredFiles {
		a.Root = a.Dir
	}
	a.Notes = append(a.Notes, refs.notes...)

	embeds, notes := s.embeds()
	a.Embeds, a.Notes = embeds, append(a.Notes, notes...)

	p := &ports{s: s, bare: map[string]string{}}
	p.fromSource()
	p.fromFiles(root, a.Configs)
	settings := s.settingsOf(root, a.Configs)
	reads := s.environment(settings)
	for _, e := range reads {
		a.EnvKeys = append(a.EnvKeys, e.key)
	}
	a.choosePort(p, problems)
	a.describeRedis(s, reads, settings)
	a.chooseRoutes(s)
	a.needsCGO(s)
	a.describeDocker(s.mod, freeWorkDir)
	if a.Args == nil {
		if word, note := s.subcommand(); word != "" {
			a.Args, a.Notes = []string{word}, append(a.Notes, note)
		}
	}
	a.Notes = append(a.Notes, s.trouble...)
}

func frameworkPath(s *source, name string) string {
	for _, f := range frameworks {
		if _, ok := s.importOf(f.path); ok && f.name == name {
			return f.path
		}
	}
	return name
}

// choosePort takes the best candidate and notes the others.
func (a *App) choosePort(p *ports, problems *Problems) {
	ranked := p.best()
	if best := slices.IndexFunc(ranked, func(f portFound) bool { return f.score >= scoreLeast }); a.Port == 0 && best >= 0 {
		a.Port = ranked[best].port
		a.Notes = append(a.Notes, Note{fmt.Sprintf("port %d: %s", a.Port, ranked[best].what), ranked[best].where})
	}
	a.PortEnv = p.portEnv(a.EnvKeys, a.Port)
	if keys := slices.Sorted(maps.Keys(a.PortEnv)); a.Port == 0 && len(keys) > 0 {
		a.Port = DefaultPort
		a.Notes = append(a.Notes, Note{fmt.Sprintf("port %d: the app takes it from $%s", a.Port, keys[0]), p.bare[keys[0]]})
	}
	if a.Port == 0 {
		problems.addf("write `port:` under app: in matrix.yaml", "find port: nothing in the source, the configuration files or a Dockerfile says where %s listens", a.Main)
	}
	for _, f := range ranked {
		if f.port != a.Port && f.score >= scoreLeast {
			a.Notes = append(a.Notes, Note{fmt.Sprintf("also port %d: %s", f.port, f.what), f.where})
		}
	}
	for _, note := range p.loops {
		if strings.Contains(note.What, fmt.Sprintf(":%d:", a.Port)) {
			a.Notes = append(a.Notes, note)
		}
	}
}

func (a *App) describeRedis(s *source, reads []envRead, settings []setting) {
	a.RedisEnv = redisEnv(reads)
	note, found := s.redisImport()
	a.UsesRedis = found
	if found {
		a.Notes = append(a.Notes, note)
	}
	if a.Redis == nil {
		a.Redis, a.DetectedRedis = &found, true
	}
	for _, set := range settings {
		if key := strings.Join(set.path, "_"); found && redisValue(key, set.value) != "" {
			a.Notes = append(a.Notes, Note{fmt.Sprintf("config %s = %s: where Redis is", strings.Join(set.path, "."), withoutUser(set.value)), fmt.Sprintf("%s:%d", set.file, set.line)})
		}
	}
	for _, e := range reads {
		switch {
		case a.RedisEnv[e.key] != "":
			a.Notes = append(a.Notes, Note{e.note.What + ": where Redis is, " + a.RedisEnv[e.key], e.note.Where})
		case a.PortEnv[e.key] != "":
			a.Notes = append(a.Notes, Note{e.note.What + ": where to listen, " + a.PortEnv[e.key], e.note.Where})
		default:
			a.Notes = append(a.Notes, e.note)
		}
	}
}

func (a *App) chooseRoutes(s *source) {
	routes := s.routes()
	if a.Ready == "" {
		path, note := ready(routes)
		a.Ready, a.DetectedReady, a.Notes = path, true, append(a.Notes, note)
	}
	if a.Pages == nil {
		a.DetectedPages = true
		found, note := pages(routes, a.Templates, a.Static)
		if found != nil {
			a.Pages, a.Notes = found, append(a.Notes, note)
		}
	}
}
