//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// line makes a line as the kernel of this machine prints it.
func line(address string, port int, state string, uid int) string {
	raw := netip.MustParseAddr(address).AsSlice()
	text := ""
	for ; len(raw) > 0; raw = raw[4:] {
		text += fmt.Sprintf("%08X", binary.NativeEndian.Uint32(raw))
	}
	return fmt.Sprintf("   0: %s:%04X %s:0000 %s 00000000:00000000 00:00000000 00000000 %5d        0 12345 1 0000000000000000 100 0 0 10 0", text, port, text, state, uid)
}

func TestParseReadsListeningSocketsOfBothTables(t *testing.T) {
	for name, tt := range map[string]struct {
		line string
		want socket
		ok   bool
	}{
		"v4, all addresses":  {line("0.0.0.0", 8080, listening, 0), socket{"0.0.0.0", 8080, 0}, true},
		"v4, loopback":       {line("127.0.0.1", 1, listening, 65532), socket{"127.0.0.1", 1, 65532}, true},
		"v4, the engine's":   {line("127.0.0.11", 45123, listening, 0), socket{"127.0.0.11", 45123, 0}, true},
		"v6, all addresses":  {line("::", 65535, listening, 7), socket{"::", 65535, 7}, true},
		"v6, loopback":       {line("::1", 443, listening, 0), socket{"::1", 443, 0}, true},
		"v6, all words":      {line("2001:db8:1:2:3:4:5:6", 80, listening, 0), socket{"2001:db8:1:2:3:4:5:6", 80, 0}, true},
		"v4 mapped into v6":  {line("::ffff:10.1.2.3", 80, listening, 0), socket{"10.1.2.3", 80, 0}, true},
		"connected":          {line("10.0.0.1", 80, "01", 0), socket{}, false},
		"heading":            {"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", socket{}, false},
		"empty":              {"", socket{}, false},
		"cut":                {"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000", socket{}, false},
		"no port":            {"0: 0100007F 0:0 0A 0:0 0:0 0 0", socket{}, false},
		"address no number":  {"0: 0100007X:1F90 0:0 0A 0:0 0:0 0 0", socket{}, false},
		"address of 3 bytes": {"0: 010000:1F90 0:0 0A 0:0 0:0 0 0", socket{}, false},
		"port too large":     {"0: 0100007F:1F901 0:0 0A 0:0 0:0 0 0", socket{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := parse(tt.line)
			assert.Equal(t, tt.ok, ok)
			assert.Equal(t, tt.want, got)
		})
	}
}

// A line that a little-endian machine printed, so that the test above cannot be
// wrong in the same way as the program.
func TestParseReadsALineFromARealMachine(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the line is from a little-endian machine")
	}
	got, ok := parse("   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 ffff8a0b4c1e0000 100 0 0 10 0")
	require.True(t, ok)
	assert.Equal(t, socket{"127.0.0.1", 8080, 1000}, got)
	got, ok = parse("   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0")
	require.True(t, ok)
	assert.Equal(t, socket{"::1", 80, 0}, got)
}

func FuzzParseGivesOnlyAddressesAndPorts(f *testing.F) {
	f.Add(line("127.0.0.1", 8080, listening, 0))
	f.Add(line("::", 80, listening, 65532))
	f.Add("0: :0 0:0 0A 0:0 0:0 0 0")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parse(text)
		if !ok {
			require.Zero(t, got)
			return
		}
		_, err := netip.ParseAddr(got.Address)
		require.NoError(t, err)
		require.True(t, got.Port >= 0 && got.Port <= 65535)
	})
}
