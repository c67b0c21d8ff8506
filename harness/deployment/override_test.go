package deployment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

func TestOverrideReplacesWhatWouldContradict(t *testing.T) {
	for name, test := range map[string]struct{ given, over, want []string }{
		"another value of one condition":        {[]string{"user=65532", "no-home"}, []string{"user=0"}, []string{"no-home", "user=0:0"}},
		"another condition about one path":      {[]string{"missing=/app/x", "no-home"}, []string{"tmpfs=/app/x"}, []string{"no-home", "tmpfs=/app/x"}},
		"two things settled by one":             {[]string{"unreadable=/app/x"}, []string{"mode=/app/x:0644"}, []string{"mode=/app/x:0644"}},
		"paths that have nothing in common":     {[]string{"tmpfs=/a"}, []string{"tmpfs=/b"}, []string{"tmpfs=/a", "tmpfs=/b"}},
		"variables that have nothing in common": {[]string{"env=A=1", "env=B=2"}, []string{"env=A=3"}, []string{"env=B=2", "env=A=3"}},
		"nothing over something":                {[]string{"no-home"}, nil, []string{"no-home"}},
		"something over nothing":                {nil, []string{"no-home"}, []string{"no-home"}},
		"what is there already is not repeated": {[]string{"no-home"}, []string{"no-home"}, []string{"no-home"}},
	} {
		t.Run(name, func(t *testing.T) {
			given, err := deployment.ParseAll(test.given...)
			require.NoError(t, err)
			over, err := deployment.ParseAll(test.over...)
			require.NoError(t, err)
			var got []string
			all := deployment.Override(given, over...)
			for _, c := range all {
				got = append(got, c.String())
			}
			assert.Equal(t, test.want, got)
		})
	}
	foreign := deployment.Override([]deployment.Condition{{Name: "base", Value: "scratch"}}, deployment.Condition{Name: "base", Value: "debian"})
	assert.Equal(t, []deployment.Condition{{Name: "base", Value: "debian"}}, foreign, "what the catalogue does not know settles its name")
}
