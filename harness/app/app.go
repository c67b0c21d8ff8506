// Package app says what the app under test is: it reads the app's source and
// files and fills in whatever the matrix file leaves out.
//
// Nothing is built and nothing of the app is executed: go/parser reads the
// packages that the main package reaches inside its module, small parsers read
// its configuration files, Dockerfile and .env files. No types are checked, so
// an app that does not compile is still described.
//
// Read in this order: app.go (the contract), load.go (the plot), module.go and
// mains.go (which program), source.go (the parsed packages), eval.go (what an
// expression can be), then a file per question: port*.go, files*.go, config.go,
// env.go, redis.go, routes.go, command.go, cgo.go, docker.go.
//
// Two rules hold throughout. What is declared wins over what is detected, and
// is not second-guessed. Every detected fact leaves a [Note] with the place it
// was read from, so that a wrong answer can be traced to its line.
//
// # What ready means
//
// A declared ready path must answer 2xx: whoever names it knows what it says.
// A detected one is a guess, and an app that answers it at all is up, be it with
// a redirect to its login, with 401 or with 404. So on a path that was not
// declared, any answer with a status below 500 counts as ready; 5xx does not: it
// is how an app says that it cannot serve yet. If the first launch answers 2xx
// there, the guess was right, and every later launch must do so too.
package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seatrial/seatrial/harness/matrix"
)

// App is one app, resolved: every field of the embedded declaration that can be
// filled in is filled in.
//
// Dir is absolute. Main is "." or begins with "./", relative to Dir. The From of
// every mount is absolute. Files are relative to Root and go to the same
// relative path under WorkDir. Redis is never nil.
type App struct {
	matrix.App

	// Root is the absolute directory that Files are relative to: Dir, or the
	// directory of the main package when the paths the app reads exist only there.
	Root string

	Module      string // module path
	GoDirective string // the go line of go.mod, such as "1.22"; "" if it has none
	Toolchain   string // the toolchain line of go.mod, such as "go1.22.12"; "" if none
	Framework   string // gin, echo, chi, fiber, ..., net/http, or "" if none is imported

	Embeds    []string // go:embed patterns, relative to Dir
	Templates []string // template files and patterns read at run time, as written
	Static    []Static // directories and files served at run time
	Configs   []string // configuration files that exist, relative to Root
	Missing   []string // relative paths that the app reads and that do not exist in the tree

	// DetectedReady, DetectedPages and DetectedRedis say that Ready, Pages and
	// Redis were not declared: they are guesses, which the running app may prove
	// wrong.
	DetectedReady, DetectedPages, DetectedRedis bool

	EnvKeys  []string          // environment variables that the app reads, sorted
	RedisEnv map[string]string // those that say where Redis is, as ${REDIS_ADDR}, ${REDIS_HOST}, ${REDIS_PORT} or ${REDIS_URL}
	PortEnv  map[string]string // those that say where to listen, as ${PORT} or :${PORT}

	UsesRedis bool   // a Redis client is imported by a package that main reaches
	NeedsCGO  bool   // a package that does not work without cgo is imported likewise
	Notes     []Note // what was found and where, in the order of the questions
}

// Static is one thing that the app serves from disk at run time.
type Static struct {
	URL string // the path it is served under; "" if not known
	Dir string // the directory or file, as written in the source
}

// Note is one detected fact.
type Note struct {
	What  string // such as "port 8080"
	Where string // "main.go:21" relative to the app's Dir, or "default"
}

// String is the note as `seatrial check` prints it.
func (n Note) String() string {
	if n.Where == "" {
		return n.What
	}
	return n.What + " (" + n.Where + ")"
}

// Problem is one reason why the app cannot be tested as declared.
type Problem struct {
	Message string
	Hint    string // what to do about it
}

// Problems are all of them at once; it is the error of [Load] and [Find].
type Problems []Problem

// Error gives a line for each problem, with its hint on an indented line.
func (p Problems) Error() string {
	var b strings.Builder
	for i, problem := range p {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(problem.Message)
		if problem.Hint != "" {
			b.WriteString("\n    " + strings.ReplaceAll(problem.Hint, "\n", "\n    "))
		}
	}
	return b.String()
}

func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// add appends the problems of err, or err itself when it is not of this type.
func (p *Problems) add(err error) {
	if err == nil {
		return
	}
	var more Problems
	if errors.As(err, &more) {
		*p = append(*p, more...)
		return
	}
	*p = append(*p, Problem{Message: err.Error()})
}

func (p *Problems) addf(hint, format string, args ...any) {
	*p = append(*p, Problem{Message: fmt.Sprintf(format, args...), Hint: hint})
}
