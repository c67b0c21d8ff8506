package sandbox

import _ "embed"

// HelperSource is the source of the helper program, package main in one file,
// which needs Go 1.21 and the standard library only. It is compiled for the
// engine's architecture and put into an image, [Images].Helper, whose entrypoint
// is the binary.
//
//go:embed helper/main.go
var HelperSource []byte
