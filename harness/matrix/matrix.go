// Package matrix reads matrix.yaml: which app is tested, and in which cells.
//
// A cell is one combination of seven axes: the Go version, the target
// (GOOS/GOARCH), the module mode, cgo, the base image, the build tags and the
// conditions of the deployment, each value of which is one condition, several
// joined by " + ", or a list of them. The
// section "matrix" of the file has the semantics of GitHub Actions'
// strategy.matrix, taken over verbatim: see [Expand], which is pure and knows
// nothing of apps.
//
//	app: {dir: ./shop}
//	matrix:
//	  go: ["1.22", stable]
//	  target: [linux/amd64, windows/amd64]
//	  exclude: [{go: "1.22", target: windows/amd64, reason: "nobody runs it"}]
//	  include: [{go: stable, target: windows/amd64, skip: "no Windows host"}]
//	smoke: [{go: stable, target: linux/amd64}]
//
// Read in this order: this file (the types), load.go (from bytes to a [File]),
// expand.go (the semantics), axis.go (what each axis accepts), selector.go
// (choosing cells), problem.go (what a user sees when the file is wrong);
// node.go and values.go read YAML nodes, the files called section_*.go a section
// each, syntax.go and hints.go word what is wrong with them.
//
// The contract: loading reports every mistake at once as [Problems], each with
// its file, line and column; what it does not know it refuses, for a misspelt
// key that is passed over is a test that is not run. A file that loads has at
// least one cell, at most [MaxCells], all with different names. An excluded
// combination is not forgotten but kept, with its reason, in File.Excluded.
// The package does no I/O but [Load]'s one read, and never looks at the clock.
package matrix

import "time"

// File is a matrix.yaml that was read and found valid, or what [Default] makes
// in its stead.
type File struct {
	// Path is the file's name as it was given to Load; empty if there is none.
	Path string `json:"path,omitempty"`
	// Arch is the GOARCH that stands in where the file names no target.
	Arch string `json:"arch"`
	App  App    `json:"app"`
	// Cells are in the order of GitHub: the product with the first axis varying
	// slowest, then the combinations that include entries added.
	Cells    []Cell     `json:"cells"`
	Excluded []Excluded `json:"excluded,omitempty"`
	// Smoke selects the small slice that is run often; see File.SmokeCells.
	Smoke  []Selector `json:"smoke,omitempty"`
	Images Images     `json:"images,omitzero"`
	Run    Run        `json:"run,omitzero"`
}

// App is what the file declares of the app under test. Whatever is zero was
// not declared and is left to be found in the app's source.
type App struct {
	Dir  string `json:"dir,omitempty"`  // relative to the file's directory
	Name string `json:"name,omitempty"` // lower case, fit for an image name
	Main string `json:"main,omitempty"` // main package: ".", "./cmd/shop" or an import path
	Port int    `json:"port,omitempty"` // where it listens, 1 to 65535

	Args []string `json:"args,omitempty"`
	// Env may hold the Placeholders, such as ${REDIS_ADDR}.
	Env map[string]string `json:"env,omitempty"`
	// Secrets names keys of the environment whose values must never be written.
	Secrets []string `json:"secrets,omitempty"`
	// WorkDir is where the binary starts in the container, absolute.
	WorkDir string `json:"workdir,omitempty"`
	// Files are put into the image under WorkDir; relative to Dir.
	Files  []string `json:"files,omitempty"`
	Mounts []Mount  `json:"mounts,omitempty"`
	// Ready is the URL path that answers 2xx once the app can serve.
	Ready       string        `json:"ready,omitempty"`
	StartWithin time.Duration `json:"startWithin,omitempty"`
	StopWithin  time.Duration `json:"stopWithin,omitempty"`
	// Pages are URL paths whose assets must load.
	Pages []string `json:"pages,omitempty"`
	// Redis says whether a Redis belongs to the deployment; nil: not declared.
	Redis   *bool  `json:"redis,omitempty"`
	LDFlags string `json:"ldflags,omitempty"`
}

// Placeholders are the names that the harness fills in where an app's Env
// holds ${NAME}. Any other name in braces is a mistake in the file.
var Placeholders = []string{"REDIS_HOST", "REDIS_PORT", "REDIS_ADDR", "REDIS_URL", "PORT"}

// Mount is a directory or file that production mounts into the container.
type Mount struct {
	Path     string `json:"path"`           // in the container, absolute and clean
	From     string `json:"from,omitempty"` // relative to App.Dir; empty: an empty directory
	Writable bool   `json:"writable,omitempty"`
}

// Images says where base and service images may come from.
type Images struct {
	// Registries are tried in order before the engine's default registry:
	// "host[:port][/prefix]", without a scheme.
	Registries []string `json:"registries,omitempty"`
	// Pull gives the reference to look for, by the name of a base or service.
	Pull    map[string]string `json:"pull,omitempty"`
	Offline bool              `json:"offline,omitempty"` // never pull
	Debian  Debian            `json:"debian,omitzero"`
}

// Debian says which archive bases are put together from when no registry has
// them.
type Debian struct {
	Mirror        string `json:"mirror,omitempty"`  // http or https URL
	Suite         string `json:"suite,omitempty"`   // such as bookworm
	Keyring       string `json:"keyring,omitempty"` // path of the keys that sign the archive
	AllowUnsigned bool   `json:"allowUnsigned,omitempty"`
}

// Run says how the cells are run. Zero numbers leave the choice to the runner.
type Run struct {
	Slots int `json:"slots,omitempty"` // sandboxes kept ready side by side
	// FailFast ends the run at the first failure. Unlike GitHub's it is off
	// unless asked for: a matrix that diagnoses wants every cell.
	FailFast    bool `json:"failFast,omitempty"`
	MaxParallel int  `json:"maxParallel,omitempty"` // cells at a time
}

// ImageNames are the names that images.pull may give a reference for: the
// bases and the services.
var ImageNames = []string{"scratch", "debian", "debian-bullseye", "musl", "redis", "nginx"}
