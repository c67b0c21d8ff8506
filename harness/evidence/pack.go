package evidence

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxUnpacked bounds what a packed bundle may hold, for it comes from others.
const maxUnpacked = 512 << 20

// Pack packs the bundle at dir into the file out, a .zip, .tar.gz or .tgz,
// which appears as a whole or not at all. The files stand in one folder named
// like the bundle; equal bundles give equal bytes.
func Pack(dir, out string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("pack bundle %s: %w", dir, err)
		}
	}()
	b, err := Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	meta, err := b.Meta()
	if err != nil {
		return err
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return err
	}

	var pack func(io.Writer, fs.FS, string, time.Time) error
	switch {
	case strings.HasSuffix(out, ".zip"):
		pack = packZip
	case strings.HasSuffix(out, ".tar.gz"), strings.HasSuffix(out, ".tgz"):
		pack = packTar
	default:
		return fmt.Errorf("%s: want .zip, .tar.gz or .tgz", filepath.Base(out))
	}
	f, err := os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+".partial-")
	if err != nil {
		return err
	}
	err = errors.Join(pack(f, b.FS, strings.TrimLeft(filepath.Base(absolute), "."), meta.Created), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), out)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// eachFile visits the regular files in the order of their names; anything else
// does not belong into a bundle.
func eachFile(fsys fs.FS, visit func(name string, data []byte) error) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s: not a regular file", name)
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return visit(name, data)
	})
}

func packZip(w io.Writer, fsys fs.FS, folder string, at time.Time) error {
	z := zip.NewWriter(w)
	err := eachFile(fsys, func(name string, data []byte) error {
		header := &zip.FileHeader{Name: folder + "/" + name, Method: zip.Deflate, Modified: at.UTC()}
		header.SetMode(0o644)
		f, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return err
	})
	return errors.Join(err, z.Close())
}

func packTar(w io.Writer, fsys fs.FS, folder string, at time.Time) error {
	gz := gzip.NewWriter(w)
	t := tar.NewWriter(gz)
	err := eachFile(fsys, func(name string, data []byte) error {
		header := &tar.Header{Name: folder + "/" + name, Mode: 0o644, Size: int64(len(data)), ModTime: at.Truncate(time.Second), Format: tar.FormatPAX}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		_, err := t.Write(data)
		return err
	})
	return errors.Join(err, t.Close(), gz.Close())
}

// readTar reads a packed bundle into memory. It becomes a zip there, because
// the standard library can show that as an fs.FS, hostile names included.
func readTar(path string) (*zip.Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	gz, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: gz, N: maxUnpacked}
	t := tar.NewReader(limited)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && header.Typeflag == tar.TypeReg {
			var entry io.Writer
			if entry, err = z.CreateHeader(&zip.FileHeader{Name: header.Name, Method: zip.Store}); err == nil {
				_, err = io.Copy(entry, t)
			}
		}
		if err != nil && limited.N <= 0 {
			return nil, fmt.Errorf("more than %d MiB unpacked", maxUnpacked>>20)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}
