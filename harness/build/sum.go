package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// sum gives the size and the SHA-256 of a file.
func sum(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", fmt.Errorf("read artifact: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return 0, "", fmt.Errorf("read artifact: %w", err)
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// digest is a short name for v, the same in every run.
func digest(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		// Only keys come here, which are strings and booleans.
		panic(err)
	}
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:6])
}
