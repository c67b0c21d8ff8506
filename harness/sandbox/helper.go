package sandbox

import _ "embed"

// HelperSource are the files of the helper program, package main, which needs
// Go 1.21 and the standard library only. It is compiled for the engine's
// architecture and put into an image, [Images].Helper, whose entrypoint is the
// binary.
func HelperSource() map[string][]byte {
	return map[string][]byte{
		"main.go": helperMain, "network.go": helperNetwork, "start.go": helperStart,
		"go.mod": []byte("module helper\n\ngo 1.21\n"),
	}
}

var (
	//go:embed helper/main.go
	helperMain []byte
	//go:embed helper/network.go
	helperNetwork []byte
	//go:embed helper/start.go
	helperStart []byte
)
