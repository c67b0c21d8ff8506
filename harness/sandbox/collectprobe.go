package sandbox

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
)

// probeWithin bounds one probe.
const probeWithin = 2 * time.Second

// mostFailing is how many of the requests that went wrong are made again.
const mostFailing = 4

// What probes are made for, as http.jsonl has it.
const (
	probeReady  = "ready path"
	probeFailed = "failed request"
)

// probe asks a running app again on both roads, for its ready path and for what
// went wrong. The logs are read before, so that they are of the scenario alone.
func (c *collector) probe(ctx context.Context) {
	c.put(evidence.NginxLog, func() error { return c.nginxLog(ctx) })
	if !c.state.Running {
		return
	}
	var group sync.WaitGroup
	for _, p := range c.probes() {
		for _, road := range []Road{Direct, ThroughNginx} {
			group.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, probeWithin)
				defer cancel()
				// What goes wrong is what the exchange tells.
				_, _ = c.s.ask(ctx, Exchange{Road: road, Method: http.MethodGet, Path: p.path, Probe: p.why}, nil, "")
			})
		}
	}
	group.Wait()
}

type probing struct{ path, why string }

// probes lists the ready path and what was asked last and failed. Only what a
// GET asked is asked again: it alone promises to change nothing.
func (c *collector) probes() []probing {
	var list []probing
	if c.look.Ready != "" {
		list = append(list, probing{c.look.Ready, probeReady})
	}
	for _, x := range slices.Backward(c.s.Exchanges()) {
		known := slices.ContainsFunc(list, func(p probing) bool { return p.path == x.Path })
		if (x.Status >= http.StatusBadRequest || x.Error != "") && x.Method == http.MethodGet && !known && len(list) <= mostFailing {
			list = append(list, probing{x.Path, probeFailed})
		}
	}
	return list
}
