// Package features carries the standard suite: the feature files that seatrial
// check and go test run against any app.
package features

import "embed"

// FS holds the .feature files.
//
//go:embed *.feature
var FS embed.FS
