package evidence

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecretsOfACommandLineAreFound(t *testing.T) {
	for name, tt := range map[string]struct{ args, want []string }{
		"joined":          {[]string{"--db-password=hunter22"}, []string{"hunter22"}},
		"separate":        {[]string{"-api-key", "k-1", "-v"}, []string{"k-1"}},
		"without dashes":  {[]string{"token=abc"}, []string{"abc"}},
		"in a URL":        {[]string{"-db", "postgres://u:pw@h/d", "--redis=redis://:rpw@h"}, []string{"pw", "rpw"}},
		"a flag follows":  {[]string{"-password", "-v"}, nil},
		"nothing follows": {[]string{"-password"}, nil},
		"a file of it":    {[]string{"--password-file=/run/secrets/x"}, nil},
		"a placeholder":   {[]string{"--password=${DB_PASSWORD}"}, nil},
		"ordinary":        {[]string{"-addr", ":8080", "serve"}, nil},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tt.want, SecretsInArgs(tt.args)) })
	}
}

// A child's command line is in no deployment; only its shape gives it away.
func TestTheArgumentAfterASecretFlagIsRedactedInDocuments(t *testing.T) {
	got, err := (&Redactor{}).JSON([]byte(`{"args":["worker","--db-password","short","-v","-addr",":80"],"list":["-password"]}`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"args":["worker","--db-password","[redacted:password]","-v","-addr",":80"],"list":["-password"]}`, string(got))
}
