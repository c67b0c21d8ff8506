package engine

import (
	"bufio"
	"encoding/hex"
	"net"
	"os"
	"strings"
)

const routeTable = "/proc/net/route"

// defaultGateway reads the default route's gateway from a Linux routing table:
// within a container that shares the engine's socket, that is the engine's host.
func defaultGateway(table string) (string, bool) {
	file, err := os.Open(table)
	if err != nil {
		return "", false
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 || fields[1] != "00000000" {
			continue
		}
		raw, err := hex.DecodeString(fields[2])
		if err != nil || len(raw) != net.IPv4len {
			continue
		}
		return net.IPv4(raw[3], raw[2], raw[1], raw[0]).String(), true
	}
	return "", false
}
