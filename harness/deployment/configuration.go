package deployment

import (
	"fmt"
	"strings"

	"github.com/seatrial/seatrial/harness/lang"
)

// configuration is what the deployment tells the app.
func configuration() []Kind {
	return []Kind{
		{
			Name: "env", Value: "KEY=VALUE", Example: "env=LOG_LEVEL=warn",
			Doc: lang.Text{
				EN: "This environment variable has this value, which may be empty.",
				ZH: "设置环境变量；值可以为空。",
			},
			normalise: keyAndValue,
			apply: func(s *Spec, v string) error {
				key, value, _ := strings.Cut(v, "=")
				setEnv(s, key, value)
				return nil
			},
			decides: func(v string) string {
				key, _, _ := strings.Cut(v, "=")
				return "variable " + key
			},
		},
		{
			Name: "env-unset", Value: "KEY", Example: "env-unset=REDIS_ADDR",
			Doc: lang.Text{
				EN: "This environment variable is not set at all.",
				ZH: "完全不设置该环境变量。",
			},
			normalise: key,
			apply:     func(s *Spec, v string) error { delete(s.Env, v); return nil },
			decides:   func(v string) string { return "variable " + v },
		},
	}
}

func setEnv(s *Spec, key, value string) {
	if s.Env == nil {
		s.Env = map[string]string{}
	}
	s.Env[key] = value
}

func keyAndValue(v string) (string, error) {
	name, _, ok := strings.Cut(v, "=")
	if !ok {
		return "", fmt.Errorf("%q is not KEY=VALUE", v)
	}
	if _, err := key(name); err != nil {
		return "", err
	}
	return v, nil
}

func key(v string) (string, error) {
	if v == "" || strings.ContainsAny(v, "= \t\x00") {
		return "", fmt.Errorf("%q is not the name of an environment variable", v)
	}
	return v, nil
}
