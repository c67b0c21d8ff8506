package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// alive is the shop's path that answers without a Redis.
const alive = "/healthz"

// measureEngine launches the app alone, by the engine's API and nothing else.
func (b *bench) measureEngine(ctx context.Context) (err error) {
	port, err := network.ParsePort(fmt.Sprintf("%d/tcp", b.port))
	if err != nil {
		return err
	}
	clock := b.stages(engineWay)
	made, err := b.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{
			Image: b.app.Name, Env: environment(b.env), Labels: b.labels("app"), ExposedPorts: network.PortSet{port: {}},
		},
		HostConfig: &container.HostConfig{PortBindings: network.PortMap{port: {{HostIP: netip.MustParseAddr("127.0.0.1")}}}},
	})
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	clock.end("create")
	if _, err := b.api.ContainerStart(ctx, made.ID, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	clock.end("start")
	seen, err := b.api.ContainerInspect(ctx, made.ID, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("inspect: %w", err)
	}
	bound := seen.Container.NetworkSettings.Ports[port]
	if len(bound) == 0 {
		return fmt.Errorf("port %s is not published", port)
	}
	if err := waitFor(ctx, "http://127.0.0.1:"+bound[0].HostPort+alive); err != nil {
		return err
	}
	clock.end("ready")
	if _, err := b.api.ContainerKill(ctx, made.ID, client.ContainerKillOptions{Signal: "SIGKILL"}); err != nil {
		return fmt.Errorf("kill: %w", err)
	}
	clock.end("kill")
	if _, err := b.api.ContainerRemove(ctx, made.ID, client.ContainerRemoveOptions{Force: true}); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	clock.end("remove")
	clock.finish()
	return nil
}

func environment(env map[string]string) []string {
	var list []string
	for key, value := range env {
		list = append(list, key+"="+value)
	}
	return list
}

// waitFor asks every two milliseconds until the answer is 200.
func waitFor(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	asker := &http.Client{Transport: transport}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := asker.Do(request)
		if err == nil {
			err = fmt.Errorf("GET %s: %s", url, response.Status)
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
