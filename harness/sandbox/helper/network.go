//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// resolvConf is the pod's; the app's container has the same file.
const resolvConf = "/etc/resolv.conf"

// noDNS names a server that refuses, and prints what stood there.
func noDNS() error {
	before, err := os.ReadFile(resolvConf)
	if err != nil {
		return err
	}
	// Nothing listens there: the engine's own server has an address of its own.
	const refusing = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
	if err := os.WriteFile(resolvConf, []byte(refusing), 0o644); err != nil {
		return err
	}
	_, err = os.Stdout.Write(before)
	return err
}

// dns writes back what noDNS has printed.
func dns(before string) error { return os.WriteFile(resolvConf, []byte(before), 0o644) }

// noEgress takes the default route away and prints it.
func noEgress() error {
	route, err := defaultRoute()
	if err != nil {
		return err
	}
	if err := changeRoute(syscall.SIOCDELRT, route); err != nil {
		return fmt.Errorf("delete default route: %w", err)
	}
	fmt.Print(route)
	return nil
}

// egress puts back the route that noEgress has printed.
func egress(route string) error {
	if err := changeRoute(syscall.SIOCADDRT, route); err != nil {
		return fmt.Errorf("add default route: %w", err)
	}
	return nil
}

// defaultRoute reads the gateway from /proc/net/route: Iface Destination Gateway
// Flags RefCnt Use Metric Mask ..., addresses as the host's 32-bit words in hex.
func defaultRoute() (string, error) {
	file, err := os.Open("/proc/net/route")
	if err != nil {
		return "", err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[1] != "00000000" || fields[7] != "00000000" {
			continue
		}
		raw, err := hex.DecodeString(fields[2])
		if err != nil || len(raw) != 4 {
			return "", fmt.Errorf("read gateway %q: %w", fields[2], err)
		}
		return net.IPv4(raw[3], raw[2], raw[1], raw[0]).String(), nil
	}
	return "", errors.New("find default route: there is none")
}

// rtentry is struct rtentry of <linux/route.h>.
type rtentry struct {
	_       uintptr
	dst     syscall.RawSockaddrInet4
	gateway syscall.RawSockaddrInet4
	mask    syscall.RawSockaddrInet4
	flags   uint16
	_       int16
	_       uintptr
	_       uintptr
	metric  int16
	dev     uintptr
	mtu     uintptr
	window  uintptr
	irtt    uint16
}

// The flags of <linux/route.h> for a route that is usable and has a gateway.
const routeUp, routeGateway = 0x1, 0x2

func changeRoute(request uintptr, gateway string) error {
	ip := net.ParseIP(strings.TrimSpace(gateway)).To4()
	if ip == nil {
		return fmt.Errorf("%q is no address", gateway)
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	any := syscall.RawSockaddrInet4{Family: syscall.AF_INET}
	entry := rtentry{dst: any, gateway: any, mask: any, flags: routeUp | routeGateway}
	binary.BigEndian.PutUint32(entry.gateway.Addr[:], binary.BigEndian.Uint32(ip))
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), request, uintptr(unsafe.Pointer(&entry)))
	if errno != 0 {
		return errno
	}
	return nil
}

// listen holds a TCP port until standard input ends. It accepts and hangs up.
func listen(port string) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	fmt.Println("listening on", port)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
