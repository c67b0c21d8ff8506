// Command toxiproxy stands between an app and a service and spoils the
// connection as it is told:
//
//	toxiproxy LISTEN UPSTREAM TOXIC...
//
// A TOXIC is JSON as toxiproxy's own API takes it. It is a program of its own,
// and no package of the harness, because it lives in the services' network
// namespace: it is compiled for the engine when a deployment first asks for it.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: toxiproxy LISTEN UPSTREAM TOXIC...")
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, "service", args[0], args[1])
	for _, toxic := range args[2:] {
		if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("add toxic %s: %w", toxic, err)
		}
	}
	if err := server.Collection.Add(proxy, true); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Println("toxiproxy listens on", args[0])
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	return nil
}
