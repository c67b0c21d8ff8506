package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
)

// configMap is a mount that is laid out as the kubelet does it, and can change
// while the app runs.
type configMap struct {
	mount   deployment.Mount
	volume  string
	content content
	changed map[string][]byte // what files hold by now, by their path within
	days    int               // how often it was changed
}

// ChangeConfigMap replaces a text in a file of a mounted ConfigMap while the app
// runs, in the kubelet's way: new directory, then one rename of ..data. It is an
// error if the file is in no such mount or does not hold the text.
func (s *Sandbox) ChangeConfigMap(ctx context.Context, file, from, to string) error {
	return orBroken("change ConfigMap", s.changeConfigMap(ctx, file, from, to))
}

func (s *Sandbox) changeConfigMap(ctx context.Context, file, from, to string) error {
	for _, m := range s.configMaps {
		if name, ok := strings.CutPrefix(file, strings.TrimSuffix(m.mount.Path, "/")+"/"); ok {
			return m.change(ctx, s.pool.volumes, name, from, to)
		}
	}
	return fmt.Errorf("%s is in no directory that is mounted as a ConfigMap (configmap=PATH)", file)
}

func (m *configMap) change(ctx context.Context, v *volumes, name, from, to string) error {
	entries, err := readEntries(m.content)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if now, ok := m.changed[e.name]; ok {
			_ = e.rewrite(func([]byte) []byte { return now })
		}
	}
	e := find(entries, name)
	if e == nil || e.isDir() {
		return fmt.Errorf("%s has no file %s", m.mount.Path, name)
	}
	missing := false
	err = e.rewrite(func(was []byte) []byte {
		missing = !bytes.Contains(was, []byte(from))
		return bytes.Replace(was, []byte(from), []byte(to), 1)
	})
	if err != nil {
		return err
	}
	if missing {
		return fmt.Errorf("%s does not hold %q", name, from)
	}
	m.changed[name] = bytes.Clone(e.data)
	m.days++
	day := fmt.Sprintf(nextDay, m.days)
	// Only the dated directory is new; the links lead to it by ..data.
	laid := layOut(entries, day)
	write := func(w io.Writer, below string) error {
		archive := tar.NewWriter(w)
		var errs []error
		for _, e := range laid {
			if e.within(day) {
				errs = append(errs, e.write(archive, below))
			}
		}
		return errors.Join(append(errs, archive.Close())...)
	}
	return v.fill(ctx, m.volume, []string{"swap", "/" + carried, day}, write)
}
