package sandbox

import (
	"context"
	"fmt"
	"net"

	"github.com/testcontainers/testcontainers-go"
)

// twinName is by which nginx finds the second replica.
const twinName = "app-2"

// place is where an instance of the app is: whose network namespace it joins, and
// where that is reached.
type place struct {
	pod *testcontainers.DockerContainer
	url string
}

// makeTwin makes a place for a second replica, until it is undone.
func (s *Slot) makeTwin(ctx context.Context) error {
	pod, err := s.run(ctx, s.pool.options.Images.Helper.Name, "pause", s.asAppPod(twinName, s.appHosts))
	if pod != nil {
		s.undo = append(s.undo, func(ctx context.Context) error {
			s.twin = place{}
			return testcontainers.TerminateContainer(pod, testcontainers.StopTimeout(0), testcontainers.StopContext(ctx))
		})
	}
	if err != nil {
		return err
	}
	port, err := s.published(ctx, pod, s.pool.options.AppPort)
	if err != nil {
		return err
	}
	s.twin = place{pod, "http://" + net.JoinHostPort(s.host, port)}
	return nil
}

// appPods are the containers that own the namespaces of the app's instances.
func (s *Slot) appPods() []*testcontainers.DockerContainer {
	if s.twin.pod == nil {
		return []*testcontainers.DockerContainer{s.appPod}
	}
	return []*testcontainers.DockerContainer{s.appPod, s.twin.pod}
}

// twinHost is by which nginx finds the second replica; empty where there is none.
func (s *Slot) twinHost(ctx context.Context) (string, error) {
	switch {
	case s.twin.pod == nil:
		return "", nil
	case s.pool.options.Engine.Podman:
		return s.address(ctx, s.twin.pod)
	}
	return twinName, nil
}

// double makes the sandbox of the second replica.
func (s *Sandbox) double() {
	s.twin = &Sandbox{
		Spec: s.Spec, Image: s.Image, pool: s.pool, slot: s.slot, place: s.slot.twin,
		http: s.http, redisHost: s.redisHost, number: s.number + 1, direct: s.direct, first: s,
	}
}

// keep takes a request into the evidence, which is the first replica's.
func (s *Sandbox) keep(record Exchange) {
	if s.first != nil {
		s = s.first
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges = append(s.exchanges, record)
}

// Replica gives an instance of the app by its number, from 1 on.
func (s *Sandbox) Replica(number int) (*Sandbox, error) {
	all := s.instances()
	if number < 1 || number > len(all) {
		return nil, &Broken{Doing: "find replica", Err: fmt.Errorf("there are %d, and no number %d", len(all), number)}
	}
	return all[number-1], nil
}
