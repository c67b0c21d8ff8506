package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/seatrial/seatrial/harness/deployment"
)

const nginxConfPath = "/tmp/nginx.conf"

// nginxReload is how long nginx may take to work with a new configuration: it
// takes tens of milliseconds, and one that it refuses never comes.
const nginxReload = 10 * time.Second

// NginxData is what the template of nginx.conf may use.
type NginxData struct {
	Listen  int
	AppHost string
	AppPort int
	// TwinHost is the second replica; empty where there is none.
	TwinHost string
	// Generation is told on [alivePath], so that one can tell when nginx has
	// taken up a new configuration.
	Generation int
	// Proxy is what the deployment changes of it.
	Proxy deployment.Proxy
	// StaticDir is where the files are that nginx answers itself.
	StaticDir string
}

// nginxState is what the slot's nginx is configured as.
type nginxState struct {
	port       string // as published
	appHost    string
	generation int
	static     string                          // the directory in /tmp with the latest static files
	idle       *testcontainers.DockerContainer // the slot's own, while another stands in for it
	conf       string                          // as it is now
}

// findApp learns by which name nginx finds the app; Podman's networks need not
// have a name server.
func (s *Slot) findApp(ctx context.Context) (err error) {
	s.ngx.appHost = appName
	if s.pool.options.Engine.Podman {
		s.ngx.appHost, err = s.address(ctx, s.appPod)
	}
	return err
}

func (s *Slot) nginxData() NginxData {
	return NginxData{Listen: nginxPort, AppHost: s.ngx.appHost, AppPort: s.pool.options.AppPort, Generation: s.ngx.generation}
}

func (s *Slot) nginxConf(data NginxData) ([]byte, error) {
	var conf bytes.Buffer
	if err := s.pool.options.NginxConf.Execute(&conf, data); err != nil {
		return nil, fmt.Errorf("write nginx.conf: %w", err)
	}
	return conf.Bytes(), nil
}

// setProxy makes nginx what the deployment wants, until it is undone. The app's
// container need not run, it is where static files are copied from; the volume, if
// there is one, is where nginx has them in common with the app.
func (s *Slot) setProxy(ctx context.Context, proxy deployment.Proxy, app, volume string) error {
	if proxy == (deployment.Proxy{}) && s.twin.pod == nil {
		return nil
	}
	if volume != "" {
		if err := s.shareVolume(ctx, volume); err != nil {
			return fmt.Errorf("share volume with nginx: %w", err)
		}
	}
	if proxy.TLS {
		if err := s.giveCertificate(ctx); err != nil {
			return err
		}
	}
	if proxy.StaticURL != "" && !proxy.StaticVolume {
		if err := s.copyStatic(ctx, app, proxy.StaticDir); err != nil {
			return fmt.Errorf("copy static files: %w", err)
		}
	}
	twin, err := s.twinHost(ctx)
	if err != nil {
		return err
	}
	s.undo = append(s.undo, func(ctx context.Context) error { return s.reloadNginx(ctx, deployment.Proxy{}, "") })
	return s.reloadNginx(ctx, proxy, twin)
}

// reloadNginx writes nginx's configuration and waits until nginx has taken it up.
func (s *Slot) reloadNginx(ctx context.Context, proxy deployment.Proxy, twin string) error {
	s.ngx.generation++
	data := s.nginxData()
	data.Proxy, data.StaticDir, data.TwinHost = proxy, "/tmp/"+s.ngx.static, twin
	if proxy.StaticVolume {
		data.StaticDir = sharedStatic
	}
	conf, err := s.nginxConf(data)
	if err != nil {
		return err
	}
	if err := s.nginx.CopyToContainer(ctx, conf, nginxConfPath, 0o444); err != nil {
		return fmt.Errorf("write nginx.conf: %w", err)
	}
	s.ngx.conf = string(conf)
	_, err = s.pool.options.Engine.Client.ContainerKill(ctx, s.nginx.GetContainerID(), client.ContainerKillOptions{Signal: "SIGHUP"})
	if err != nil {
		return fmt.Errorf("reload nginx: %w", err)
	}
	scheme := "http"
	if proxy.TLS {
		scheme = "https"
	}
	return s.awaitNginx(ctx, scheme)
}

// awaitNginx waits until nginx works with its latest configuration.
func (s *Slot) awaitNginx(ctx context.Context, scheme string) error {
	s.nginxURL = scheme + "://" + net.JoinHostPort(s.host, s.ngx.port)
	want := fmt.Sprintf("alive %d\n", s.ngx.generation)
	err := poll(ctx, nginxReload, "nginx", s.alive(s.nginx), func(ctx context.Context) error {
		// A connection that is kept belongs to the worker of the old configuration.
		s.pool.http.CloseIdleConnections()
		got, err := s.pool.nginxAnswers(ctx, s.nginxURL)
		switch {
		case err != nil:
			return err
		case got != want:
			return fmt.Errorf("it says %q and not %q", got, want)
		}
		return s.oneWorker(ctx)
	})
	if err != nil {
		if lines, errLogs := readLogs(ctx, s.pool.options.Engine.Client, s.nginx.GetContainerID()); errLogs == nil {
			return fmt.Errorf("reload nginx: %w; its log ends with: %s", err, lastText(lines, 2))
		}
		return fmt.Errorf("reload nginx: %w", err)
	}
	return nil
}

// oneWorker makes sure that the worker of the old configuration is gone: until
// it is, it takes new connections too.
func (s *Slot) oneWorker(ctx context.Context) error {
	top, err := s.pool.options.Engine.Client.ContainerTop(ctx, s.nginx.GetContainerID(), client.ContainerTopOptions{})
	if err != nil {
		return fmt.Errorf("list processes: %w", err)
	}
	workers := 0
	for _, process := range top.Processes {
		if strings.Contains(strings.Join(process, " "), "nginx: worker process") {
			workers++
		}
	}
	if workers != 1 {
		return fmt.Errorf("it has %d workers, the old one among them", workers)
	}
	return nil
}

// copyStatic gives nginx a directory of its own with what the app's image has.
func (s *Slot) copyStatic(ctx context.Context, app, dir string) error {
	s.ngx.static = fmt.Sprintf("static-%d", s.ngx.generation)
	api := s.pool.options.Engine.Client
	archive, err := rename(nil, s.ngx.static)
	found, errFrom := api.CopyFromContainer(ctx, app, client.CopyFromContainerOptions{SourcePath: dir})
	switch {
	case errFrom == nil:
		defer found.Content.Close()
		archive, err = rename(found.Content, s.ngx.static)
	case !errdefs.IsNotFound(errFrom): // an image without it leaves the directory empty
		return errFrom
	}
	if err != nil {
		return err
	}
	_, err = api.CopyToContainer(ctx, s.nginx.GetContainerID(), client.CopyToContainerOptions{DestinationPath: "/tmp", Content: archive})
	return err
}

// rename gives the archive's one directory another name; without an archive, an
// empty directory of that name.
func rename(content io.Reader, name string) (io.Reader, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if content == nil {
		if err := w.WriteHeader(&tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: 0o755}); err != nil {
			return nil, err
		}
		return &out, w.Close()
	}
	for r := tar.NewReader(content); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return &out, w.Close()
		}
		if err != nil {
			return nil, err
		}
		_, below, _ := strings.Cut(header.Name, "/")
		header.Name = name + "/" + below
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := io.Copy(w, r); err != nil {
			return nil, err
		}
	}
}
