package sandbox

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

// What an app is told in confidence is in its environment, on its command line,
// in its Redis and, by its own fault, in its log; it must be nowhere in a bundle.
func TestSecretsAreNowhereInTheBundle(t *testing.T) {
	k := docker(t)
	spec := deployed("lines=1")
	spec.RedisPassword = deployment.GivenPassword
	spec.Env = map[string]string{
		"API_TOKEN": "tok-9f8e7d6c5b4a", "DATABASE_URL": "postgres://shop:pg-secret-41@db/shop", "REDIS_URL": "${REDIS_URL}",
	}
	told := []string{"tok-9f8e7d6c5b4a", "pg-secret-41", RedisPassword}
	for name, args := range map[string][]string{
		"running": {"lines=1"},
		"dead":    {"lines=1", "--db-password=arg-secret-77", "-session-secret", "arg-secret-88"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := spec.Clone()
			spec.Args = args
			secrets := slices.Concat(told[2:], evidence.SecretsIn(spec.Env, nil), evidence.SecretsInArgs(spec.Args))
			w, err := evidence.Create(filepath.Join(t.TempDir(), "bundle"), secrets)
			require.NoError(t, err)
			s := k.launch(t, spec)
			if name == "running" {
				ready(t, s)
				for _, key := range slices.Sorted(maps.Keys(spec.Env)) {
					tell(t, s, "/env", key) // the answers are in http.jsonl
				}
				assert.Equal(t, "-NOAUTH Authentication required.", tell(t, s, "/redis", "GET x"))
				assert.Equal(t, "+OK", tell(t, s, "/redis", "AUTH "+RedisPassword))
			} else {
				_, err := s.WaitExit(t.Context(), patience)
				require.NoError(t, err)
			}
			require.NoError(t, s.Collect(t.Context(), w, Look{Depth: Whole, Ready: "/"}))
			require.NoError(t, w.Close())
			nowhere(t, w.Dir(), append([]string{"arg-secret-77", "arg-secret-88"}, told...))
		})
	}
}

// nowhere reads every file of a bundle.
func nowhere(t *testing.T, dir string, secrets []string) {
	t.Helper()
	b, err := evidence.Open(dir)
	require.NoError(t, err)
	files := 0
	require.NoError(t, fs.WalkDir(b.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := b.Text(name)
		for _, secret := range secrets {
			assert.NotContains(t, text, secret, name)
		}
		return err
	}))
	assert.Greater(t, files, 15)
}
