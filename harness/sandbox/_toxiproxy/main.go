// Command toxiproxy stands between an app and a service and spoils the
// connections as it is told, while they last:
//
//	toxiproxy LISTEN UPSTREAM    pass connections on until SIGTERM
//	toxiproxy spoil TOXIC...     told to the one that runs: these toxics and no others
//
// A TOXIC is JSON as toxiproxy's own API takes it. It is a program of its own,
// and no package of the harness, because it lives in the services' network
// namespace: it is compiled for the engine when a deployment first asks for it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// control is where the program that runs is told of toxics.
const control = "127.0.0.1:8474"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 && args[0] == "spoil" {
		return spoil(args[1:])
	}
	if len(args) != 2 {
		return fmt.Errorf("usage: toxiproxy LISTEN UPSTREAM | toxiproxy spoil TOXIC...")
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, "service", args[0], args[1])
	if err := server.Collection.Add(proxy, true); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	listener, err := net.Listen("tcp", control)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	go http.Serve(listener, controlling(proxy))
	fmt.Println("toxiproxy listens on", args[0])
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	return nil
}

// controlling takes a JSON list of toxics, which replaces those that there are.
func controlling(proxy *toxiproxy.Proxy) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var toxics []json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&toxics); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		proxy.Toxics.ResetToxics(r.Context())
		for _, toxic := range toxics {
			if _, err := proxy.Toxics.AddToxicJson(bytes.NewReader(toxic)); err != nil {
				http.Error(w, fmt.Sprintf("add toxic %s: %v", toxic, err), http.StatusBadRequest)
				return
			}
		}
	})
}

func spoil(toxics []string) error {
	list := make([]json.RawMessage, len(toxics))
	for i, toxic := range toxics {
		list[i] = json.RawMessage(toxic)
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	answer, err := http.Post("http://"+control, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %s", answer.Status, said)
	}
	return nil
}
