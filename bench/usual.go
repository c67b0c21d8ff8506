package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"text/template"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/seatrial/seatrial/fixtures"
	"github.com/seatrial/seatrial/harness/sandbox"
)

const nginxPort = 8080

// measureUsual launches the app as a test with testcontainers-go does: its own
// network, Redis, nginx and app, each awaited, each terminated with the default
// grace. The shop, Redis and nginx all end at SIGTERM, so none of it is waiting.
func (b *bench) measureUsual(ctx context.Context) (err error) {
	conf, err := nginxConf(b.port)
	if err != nil {
		return err
	}
	redisConf, err := fixtures.FS.ReadFile("redis/redis.conf")
	if err != nil {
		return err
	}
	clock := b.stages(usualWay)
	var undo []func() error
	defer func() {
		for i := len(undo) - 1; i >= 0; i-- {
			err = errors.Join(err, undo[i]())
		}
		if err == nil {
			clock.end("remove")
			clock.finish()
		}
	}()
	net, err := network.New(ctx, network.WithLabels(b.labels("network")))
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	undo = append(undo, func() error { return net.Remove(context.WithoutCancel(ctx)) })
	start := func(name, image string, with ...testcontainers.ContainerCustomizer) error {
		with = append(with, network.WithNetwork([]string{name}, net), testcontainers.WithLabels(b.labels("service")))
		c, err := testcontainers.Run(ctx, image, with...)
		undo = append(undo, func() error { return testcontainers.TerminateContainer(c) })
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		clock.end(name)
		return nil
	}
	appPort := fmt.Sprintf("%d/tcp", b.port)
	ngxPort := fmt.Sprintf("%d/tcp", nginxPort)
	return errors.Join(
		start("redis", b.services.Redis.Name, file("/tmp/redis.conf", redisConf),
			testcontainers.WithEntrypoint("redis-server"), testcontainers.WithCmd("/tmp/redis.conf"),
			testcontainers.WithExposedPorts("6379/tcp"),
			testcontainers.WithWaitStrategy(wait.ForLog("Ready to accept connections"))),
		start("app", b.app.Name, testcontainers.WithEnv(map[string]string{"REDIS_ADDR": "redis:6379"}),
			testcontainers.WithExposedPorts(appPort),
			testcontainers.WithWaitStrategy(wait.ForHTTP(b.ready).WithPort(appPort))),
		start("nginx", b.services.Nginx.Name, file("/tmp/nginx.conf", conf),
			testcontainers.WithEntrypoint("nginx"), testcontainers.WithCmd("-c", "/tmp/nginx.conf", "-g", "daemon off;"),
			testcontainers.WithExposedPorts(ngxPort),
			testcontainers.WithWaitStrategy(wait.ForHTTP(b.ready).WithPort(ngxPort))),
	)
}

func file(path string, content []byte) testcontainers.ContainerCustomizer {
	return testcontainers.WithFiles(testcontainers.ContainerFile{Reader: bytes.NewReader(content), ContainerFilePath: path, FileMode: 0o444})
}

func nginxConf(appPort int) ([]byte, error) {
	parsed, err := template.ParseFS(fixtures.FS, "nginx/nginx.conf.tmpl")
	if err != nil {
		return nil, err
	}
	var conf bytes.Buffer
	err = parsed.Execute(&conf, sandbox.NginxData{Listen: nginxPort, AppHost: "app", AppPort: appPort})
	return conf.Bytes(), err
}
