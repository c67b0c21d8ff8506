// Package sandbox runs an app beside a real Redis and a real nginx, under a
// deployment's conditions, and lets one look at it.
//
// A [Pool] keeps slots; [Pool.Launch] takes one and gives a [Sandbox]: the
// running app. What one needs of it: [Sandbox.WaitReady], [Sandbox.Get] on either
// road (direct, or through nginx), [Sandbox.Logs], [Sandbox.State],
// [Sandbox.Signal], the switches for Redis, [Sandbox.Collect] for evidence, and
// [Sandbox.Close], which gives the slot back.
//
// # Slots
//
// A slot is built like two Kubernetes pods on a network of their own. A pause
// container owns the app's network namespace, its name "app" and its published
// port; the app's container joins that namespace. Another pause container owns
// the names "redis" and "nginx"; Redis and nginx join it. So an app is launched
// without setting up a network, which is most of what a launch costs, and a
// Redis that is stopped refuses connections, as in production, instead of losing
// its name.
//
// A slot is made once and kept. What a scenario changed in it is put right when
// the sandbox closes, and a slot that cannot be put right is thrown away. Every
// alteration notes how it is undone before or as it is made; a Redis that was
// altered must afterwards have the very configuration and role that it came with.
// What is settled when a namespace is made (slotNeeds: sysctls) cannot be undone:
// a slot is made for it, and removed with the sandbox.
//
// Nothing is simulated. Redis is stopped, paused, filled, made a replica, loaded
// or given a password (redisstate.go); toxiproxy takes its port and spoils the
// connections (link.go); nginx reads another nginx.conf (nginx.go, tls.go); the
// app's namespace loses its name server, its route or its port (network.go).
//
// How the app lives is the engine's matter where it can be (restart policies), and
// the helper's beside the app where not (confine.go): an init, a reader of its log,
// files that are slow. life.go kills, replaces and probes it; replicas.go gives it
// a second instance in a pod of its own.
//
// This is the only package that imports testcontainers-go: it makes the networks
// and the service containers. The app's container is made by the engine's API
// directly, since a launch is what scenarios pay for.
package sandbox
