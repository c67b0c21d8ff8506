package evidence

import (
	"net/url"
	"slices"
	"strings"
)

// SecretsInArgs gives the values of a command line that must not be seen: those
// of flags whose name says so, and the passwords in URLs. Flags may be written
// -name value, --name=value or name=value.
func SecretsInArgs(args []string) []string {
	var found []string
	add := func(value string) {
		if !benign(value) && !slices.Contains(found, value) {
			found = append(found, value)
		}
	}
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case joined && keyKind(flagName(name)) != "":
			add(value)
		case joined:
			add(passwordIn(value))
		case secretFlag(arg) != "" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			add(args[i+1])
		}
		add(passwordIn(arg))
	}
	return found
}

// secretFlag gives the kind of secret that the next argument is, or "".
func secretFlag(arg string) string {
	if !strings.HasPrefix(arg, "-") || strings.ContainsAny(arg, "= ") {
		return ""
	}
	return keyKind(flagName(arg))
}

func flagName(flag string) string { return strings.TrimLeft(flag, "-") }

func passwordIn(text string) string {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		password, _ := u.User.Password()
		return password
	}
	return ""
}
