package image

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// AppImage describes an app's image: a base, a layer with the binary, a layer
// with the files. Paths in the image are absolute; nothing has to exist in the
// base.
type AppImage struct {
	Binary     string   // on the host
	Target     string   // in the image; empty: Entrypoint[0] if absolute, else /usr/local/bin/NAME
	Base       string   // "scratch", "debian", "musl"
	GOARCH     string   // empty: the engine's
	WorkDir    string   // made if it is not there
	Entrypoint []string // empty: Target alone
	Cmd        []string
	Env        map[string]string // added to the base's
	Files      []File
	Dirs       []Dir
	// Remove names paths that are to be missing, be they of the base, of Files
	// or the binary; a directory goes with all below it.
	Remove []string
	// Modes sets permission bits of files and directories, the base's included.
	Modes map[string]fs.FileMode
	// Changes are made last, in their order.
	Changes []Change
}

// File is a file or a directory put into an image.
type File struct {
	Target  string
	Source  string // on the host: a file or a directory; "": Content
	Content []byte
	// Mode is for files, also for all of a directory; 0: 0755 if the source is
	// executable, else 0644. Directories are 0755.
	Mode     fs.FileMode
	UID, GID int
}

// Dir is an empty directory.
type Dir struct {
	Path     string
	Mode     fs.FileMode // 0: 0755
	UID, GID int
}

// App puts the image together and loads it into the engine. The same content is
// made and loaded once. User stays empty: who runs it is the deployment's.
func (s *Store) App(ctx context.Context, a AppImage) (Ref, error) {
	start := time.Now()
	ref, err := s.app(ctx, a)
	if err != nil {
		return Ref{}, fmt.Errorf("make app image: %w", err)
	}
	ref.Took = time.Since(start)
	return ref, nil
}

func (s *Store) app(ctx context.Context, a AppImage) (Ref, error) {
	facts, err := s.facts(ctx)
	if err != nil {
		return Ref{}, err
	}
	a.defaults(facts.arch)
	baseRef, err := s.Base(ctx, a.Base, a.GOARCH)
	if err != nil {
		return Ref{}, err
	}
	r, err := s.recipe(a.Base, a.GOARCH)
	if err != nil {
		return Ref{}, err
	}
	base, err := s.content(ctx, baseRef, r)
	if err != nil {
		return Ref{}, err
	}
	layers, err := s.appLayers(a, base)
	if err != nil {
		return Ref{}, err
	}
	config, err := json.Marshal(a.config(base.config, layers, s.config.Labels("app")))
	if err != nil {
		return Ref{}, err
	}
	spec := archiveSpec{config: config, layers: append(append([]*layer{}, base.layers...), layers...), known: len(base.layers)}
	spec.name = Prefix + "app:" + contentTag(config)
	s.mu.Lock()
	s.made[spec.name] = madeImage{base, layers}
	s.mu.Unlock()
	return s.once(ctx, spec.name, func(ctx context.Context) (Ref, error) {
		ref, err := s.load(ctx, spec, a.GOARCH)
		ref.Source, ref.Detail, ref.Base = FromAssembled, "on "+a.Base+": "+baseRef.Detail, a.Base
		return ref, err
	})
}

func contentTag(config []byte) string {
	sum := sha256.Sum256(config)
	return hex.EncodeToString(sum[:10])
}

func (a *AppImage) defaults(goarch string) {
	if a.GOARCH == "" {
		a.GOARCH = goarch
	}
	if a.Target == "" {
		a.Target = "/usr/local/bin/" + path.Base(strings.ReplaceAll(a.Binary, "\\", "/"))
		if len(a.Entrypoint) > 0 && path.IsAbs(a.Entrypoint[0]) {
			a.Target = a.Entrypoint[0]
		}
	}
	if len(a.Entrypoint) == 0 {
		a.Entrypoint = []string{a.Target}
	}
}

// config is the base's configuration with the app's start.
func (a *AppImage) config(base v1.ConfigFile, layers []*layer, labels map[string]string) *v1.ConfigFile {
	cf := base.DeepCopy()
	cf.Container, cf.Created = "", v1.Time{Time: epoch}
	c := &cf.Config
	c.User, c.Entrypoint, c.Cmd, c.WorkingDir = "", a.Entrypoint, a.Cmd, a.WorkDir
	c.Healthcheck, c.OnBuild, c.Image, c.Hostname = nil, nil, "", ""
	delete(c.Labels, LabelKind)
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	for k, v := range labels {
		c.Labels[k] = v
	}
	c.Env = mergeEnv(c.Env, a.Env)
	history := len(cf.History) > 0 || len(cf.RootFS.DiffIDs) == 0
	cf.RootFS.Type = "layers"
	for _, l := range layers {
		cf.RootFS.DiffIDs = append(cf.RootFS.DiffIDs, l.diffID)
		if history {
			cf.History = append(cf.History, v1.History{Created: cf.Created, CreatedBy: "seatrial"})
		}
	}
	return cf
}

// appLayers gives the layer with the binary, which is the same for all images of
// an artifact, and the one with everything else, if there is anything.
func (s *Store) appLayers(a AppImage, base *content) ([]*layer, error) {
	paths, err := base.list()
	if err != nil {
		return nil, err
	}
	removed := newPaths(paths, a.Remove)
	var layers []*layer
	b := newBuilder(base, paths)
	target := paths.resolve(a.Target, false)
	if !removed.covers(target) {
		l, err := s.binaryLayer(a, b, target)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	b.items = map[string]*item{}
	if a.WorkDir != "" && !removed.covers(paths.resolve(a.WorkDir, true)) {
		b.directory(a.WorkDir, 0o755, 0, 0, false)
	}
	for _, d := range a.Dirs {
		b.directory(d.Path, modeOr(d.Mode, 0o755), d.UID, d.GID, true)
	}
	for _, f := range a.Files {
		if err := b.file(f); err != nil {
			return nil, fmt.Errorf("put %s into the image: %w", f.Target, err)
		}
	}
	b.remove(removed)
	if err := b.modes(a.Modes, target, removed); err != nil {
		return nil, err
	}
	if err := b.changes(a.Changes, target); err != nil {
		return nil, err
	}
	if len(b.items) > 0 {
		l, err := newLayer(b.sorted())
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	if len(layers)+len(base.layers) == 0 {
		return nil, errors.New("nothing is in it")
	}
	return layers, nil
}

// binaryLayer makes the layer once for each binary, place and mode.
func (s *Store) binaryLayer(a AppImage, b *builder, target string) (*layer, error) {
	fi, err := os.Stat(a.Binary)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", a.Binary)
	}
	mode := fs.FileMode(0o755)
	for p, m := range a.Modes {
		if b.paths.resolve(p, false) == target {
			mode = m
		}
	}
	for _, c := range a.Changes {
		if c.Mode != nil && b.paths.resolve(c.Path, false) == target {
			mode = *c.Mode
		}
	}
	b.parents(target)
	b.put(&item{path: target, typ: tar.TypeReg, mode: int64(mode.Perm()), source: a.Binary, size: fi.Size()})
	items := b.sorted()
	key := fmt.Sprintf("%s %d %d %o", a.Binary, fi.Size(), fi.ModTime().UnixNano(), mode)
	for _, i := range items {
		key += "\x00" + i.path
	}
	s.mu.Lock()
	l := s.layers[key]
	s.mu.Unlock()
	if l != nil {
		return l, nil
	}
	if l, err = newLayer(items); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.layers[key] = l
	return l, nil
}

// Binary makes an image that holds one program and nothing else, for the
// harness's own helper. It does not belong to a run: the next one uses it again.
func (s *Store) Binary(ctx context.Context, name, file string) (Ref, error) {
	start := time.Now()
	facts, err := s.facts(ctx)
	if err != nil {
		return Ref{}, fmt.Errorf("make image of %s: %w", name, err)
	}
	a := AppImage{Binary: file, Target: "/" + name}
	a.defaults(facts.arch)
	empty := &content{config: v1.ConfigFile{Architecture: a.GOARCH, OS: "linux"}}
	layers, err := s.appLayers(a, empty)
	if err != nil {
		return Ref{}, fmt.Errorf("make image of %s: %w", name, err)
	}
	config, err := json.Marshal(a.config(empty.config, layers, map[string]string{LabelKind: "helper"}))
	if err != nil {
		return Ref{}, fmt.Errorf("make image of %s: %w", name, err)
	}
	spec := archiveSpec{name: Prefix + name + ":" + contentTag(config), config: config, layers: layers}
	ref, err := s.once(ctx, spec.name, func(ctx context.Context) (Ref, error) {
		ref, err := s.load(ctx, spec, a.GOARCH)
		ref.Source, ref.Detail = FromAssembled, "one file"
		return ref, err
	})
	if err != nil {
		return Ref{}, fmt.Errorf("make image of %s: %w", name, err)
	}
	ref.Took = time.Since(start)
	return ref, nil
}

func modeOr(m, otherwise fs.FileMode) fs.FileMode {
	if m == 0 {
		return otherwise
	}
	return m
}
