package matrix

import (
	"fmt"
	"slices"
)

// keyHint says what an unknown key may have been meant for: another tool's word
// for one of ours, a key of another section, or a misspelt one.
func keyHint(key string, known []string) string {
	if ours, ok := map[string]string{
		"os": axisTarget, "platform": axisTarget, "arch": axisTarget, "goos": axisTarget, "goarch": axisTarget, "runs-on": axisTarget,
		"go-version": axisGo, "golang": axisGo, "image": axisBase, "cgo-enabled": axisCGO, "modules": axisMod,
		"strategy": "matrix", "command": "args", "cmd": "args", "environment": "env", "volumes": "mounts", "healthcheck": "ready",
	}[key]; ok && slices.Contains(known, ours) {
		return fmt.Sprintf("did you mean %q?", ours)
	}
	if near := nearest(key, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	section, ok := map[string]string{
		"slots": "run", "fail-fast": "run", "max-parallel": "run",
		"registries": "images", "pull": "images", "offline": "images", "allow-unsigned": "images.debian", "mirror": "images.debian",
		"skip": "an entry of matrix.include", "expect": "an entry of matrix.include", "reason": "matrix.exclude or expect",
		axisGo: "matrix", axisTarget: "matrix", axisMod: "matrix", axisCGO: "matrix", axisBase: "matrix", axisTags: "matrix", axisConditions: "matrix",
		"include": "matrix", "exclude": "matrix", "smoke": "the top of the file",
		"port": "app", "args": "app", "env": "app", "secrets": "app", "mounts": "app", "ready": "app", "pages": "app", "redis": "app",
	}[key]
	if ok {
		return fmt.Sprintf("%q belongs in %s", key, section)
	}
	return suggest(key, known)
}
