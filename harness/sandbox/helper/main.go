//go:build linux

// Command helper is the one program that Seatrial itself puts into containers.
// It owns network namespaces, says what it sees in them, and alters them:
//
//	helper pause          block until SIGTERM; the namespace lives as long
//	helper sockets        print every TCP socket that listens, as JSON lines
//	helper no-dns         make every name fail; print the old resolv.conf
//	helper dns TEXT       write it back
//	helper no-egress      take the default route away; print its gateway
//	helper egress TEXT    put it back
//	helper listen PORT    hold the port until standard input ends
//	helper inspect JSON   tell of the app's processes, mounts, limits and paths, see inspect.go
//	helper start ...      become the app, or stay beside it, see start.go
//	helper watched ...    become the app whose files are slow, see watch.go
//	helper rotate HOW LOG rotate a log file, see rotate.go
//	helper swap DIR TO    let DIR/..data lead to TO, as the kubelet does
//
// It is compiled from this source for the engine's architecture, statically, and
// uses nothing outside the standard library.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		exit(fmt.Errorf("usage: helper COMMAND [ARGUMENT...]"))
	}
	argument := ""
	if len(os.Args) > 2 {
		argument = os.Args[2]
	}
	switch os.Args[1] {
	case "pause":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
		<-stop
	case "sockets":
		exit(printSockets())
	case "no-dns":
		exit(noDNS())
	case "dns":
		exit(dns(argument))
	case "no-egress":
		exit(noEgress())
	case "egress":
		exit(egress(argument))
	case "listen":
		exit(listen(argument))
	case "start":
		exit(start(os.Args[2:]))
	case "inspect":
		exit(inspect(argument))
	case "watched":
		if len(os.Args) < 5 {
			exit(fmt.Errorf("usage: helper watched DESCRIPTOR -- PROGRAM [ARGUMENT...]"))
		}
		exit(watched(os.Args[2], os.Args[4:]))
	case "rotate":
		if len(os.Args) != 4 {
			exit(fmt.Errorf("usage: helper rotate copytruncate|rename FILE"))
		}
		exit(rotate(os.Args[2], os.Args[3]))
	case "swap":
		if len(os.Args) != 4 {
			exit(fmt.Errorf("usage: helper swap DIR TO"))
		}
		exit(swap(os.Args[2], os.Args[3]))
	default:
		exit(fmt.Errorf("no such command: %s", os.Args[1]))
	}
}

// How package sandbox tells that it was this program that failed, and not the app.
const (
	failedCode = 125
	failedMark = "seatrial helper:"
)

// fail ends a program that stands where the app would.
func fail(err error) {
	fmt.Fprintln(os.Stderr, failedMark, err)
	os.Exit(failedCode)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// socket is a listening TCP socket, as package sandbox reads it.
type socket struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	UID     int    `json:"uid"`
}

func printSockets() error {
	out := json.NewEncoder(os.Stdout)
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		file, err := os.Open(table)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if s, ok := parse(lines.Text()); ok {
				if err := out.Encode(s); err != nil {
					return err
				}
			}
		}
		file.Close()
	}
	return nil
}

// listening is the state TCP_LISTEN, see proc(5).
const listening = "0A"

// parse reads a line of /proc/net/tcp: sl local rem st tx:rx tr:tm retrnsmt uid.
func parse(line string) (socket, bool) {
	fields := strings.Fields(line)
	if len(fields) < 8 || fields[3] != listening {
		return socket{}, false
	}
	rawAddress, rawPort, ok := strings.Cut(fields[1], ":")
	if !ok {
		return socket{}, false
	}
	bytes, err := hex.DecodeString(rawAddress)
	if err != nil {
		return socket{}, false
	}
	// The kernel prints each 32-bit word of the address as a number of its own
	// byte order.
	for word := bytes; len(word) >= 4; word = word[4:] {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	address, ok := netip.AddrFromSlice(bytes)
	if !ok {
		return socket{}, false
	}
	port, err := strconv.ParseUint(rawPort, 16, 16)
	if err != nil {
		return socket{}, false
	}
	uid, _ := strconv.Atoi(fields[7])
	return socket{Address: address.Unmap().String(), Port: int(port), UID: uid}, true
}
