// Package scenarios runs feature files against an app: it holds the sentences
// that they may use, in English and Chinese, and the world that a scenario lives
// in. Everything generic about Gherkin is in package gherkin below.
//
// There are two doors. [Run] is for go test: every scenario in every cell is a
// subtest. [Sail] is for everyone else. A team that writes sentences of its own
// in Go adds them to [Options].Own and calls Run from a test of one line:
//
//	func TestFeatures(t *testing.T) {
//		scenarios.Run(t, scenarios.Options{Matrix: "matrix.yaml", Features: []string{"features"}})
//	}
//
// Read world.go for what a scenario has, then the file of the noun that you are
// after: app.go, deploy.go, http.go, static.go, proxy.go, client.go, logs.go,
// logform.go, build.go, redis.go, stop.go, system.go. sentences.go lists them all.
package scenarios
