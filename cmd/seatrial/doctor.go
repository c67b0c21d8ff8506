package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/go-units"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
)

// diskWanted is what a first run needs: toolchains, the Go build cache, images.
const diskWanted = 3 << 30

// finding is one line of the doctor: what it looked at, and what to do if it is
// not as it should be.
type finding struct {
	what string
	fine bool
	says string
	do   string
}

func doctorCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "See whether this machine has what Seatrial needs",
		Example: `  seatrial doctor`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := examine(cmd.Context(), path)
			code := report.ExitPassed
			for _, f := range findings {
				mark := "ok"
				if !f.fine {
					mark, code = "NO", report.ExitBroken
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-3s %-16s %s\n", mark, f.what, f.says); err != nil {
					return err
				}
				if !f.fine && f.do != "" {
					if _, err := io.WriteString(cmd.OutOrStdout(), "    "+strings.ReplaceAll(f.do, "\n", "\n    ")+"\n"); err != nil {
						return err
					}
				}
			}
			if code != report.ExitPassed {
				return exitCode(code)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "matrix-file", matrixNames[0], "the matrix whose section images is used, if it is there")
	return cmd
}

func examine(ctx context.Context, matrixFile string) []finding {
	return append([]finding{examineGo(ctx), examineDisk()}, examineEngine(ctx, matrixFile)...)
}

func examineGo(ctx context.Context) finding {
	f := finding{what: "go", do: "install Go 1.21 or newer; it fetches the other releases itself"}
	dir, err := os.MkdirTemp("", "seatrial-doctor-")
	if err != nil {
		f.says = err.Error()
		return f
	}
	defer os.RemoveAll(dir)
	b, err := build.New(build.Options{Dir: dir})
	if err != nil {
		f.says = err.Error()
		return f
	}
	defer b.Close()
	local, err := b.LocalGo(ctx)
	if err != nil {
		f.says = firstLine(err)
		return f
	}
	stable, err := b.ResolveGo(ctx, "stable")
	if err != nil {
		f.says = firstLine(err)
		f.do = "is the module proxy reachable? see go env GOPROXY"
		return f
	}
	f.fine, f.says = true, fmt.Sprintf("go%s here, stable is go%s", local, stable)
	for _, note := range b.Notes() {
		f.says += "; " + note
	}
	return f
}

func examineDisk() finding {
	f := finding{what: "disk", do: "free some disk: `seatrial clean --images` removes what Seatrial keeps"}
	dir, err := cacheDir()
	if err != nil {
		f.says = err.Error()
		return f
	}
	usage, err := disk.Usage(existing(dir))
	if err != nil {
		f.says = err.Error()
		return f
	}
	f.fine = usage.Free > diskWanted
	f.says = fmt.Sprintf("%s free at %s, %s wanted", units.BytesSize(float64(usage.Free)), existing(dir), units.BytesSize(diskWanted))
	return f
}

func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func examineEngine(ctx context.Context, matrixFile string) []finding {
	f := finding{what: "engine"}
	e, err := engine.Connect(ctx)
	if err != nil {
		var unavailable *engine.Unavailable
		f.says = firstLine(err)
		if errors.As(err, &unavailable) {
			l := lang.Detect(os.Getenv)
			f.says, f.do = unavailable.What.In(l), unavailable.Do.In(l)
		}
		return []finding{f}
	}
	defer e.Close()
	f.fine, f.says = true, fmt.Sprintf("%s at %s, storage %s, cgroup v%s", e.Name, e.Endpoint, e.StorageDriver, e.CgroupVersion)
	return append([]finding{f}, examineImages(ctx, matrixFile))
}

// examineImages really gets the images: that is the only honest answer to
// whether they can be had.
func examineImages(ctx context.Context, matrixFile string) finding {
	f := finding{what: "images"}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	err := withStore(ctx, matrixFile, nil, func(_ *engine.Engine, s *image.Store) error {
		refs, err := s.Fetch(ctx)
		if err != nil {
			return err
		}
		var list []string
		for i, r := range refs {
			list = append(list, image.Names()[i]+" ("+r.Source+")")
		}
		f.fine, f.says = true, strings.Join(list, ", ")
		return nil
	})
	if err != nil {
		f.says = firstLine(err)
		_, f.do, _ = strings.Cut(err.Error(), "\n")
	}
	return f
}
