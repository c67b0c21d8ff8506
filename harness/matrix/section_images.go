package matrix

import (
	"net/url"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (r *reader) images(n *yaml.Node, i *Images) {
	r.object(n, "images", []field{
		{"registries", func(v *yaml.Node) { i.Registries = r.unique(v, "images.registries", (*reader).registry) }},
		{"pull", func(v *yaml.Node) { i.Pull = r.pull(v) }},
		{"offline", func(v *yaml.Node) { i.Offline, _ = r.boolean(v, "images.offline") }},
		{"debian", func(v *yaml.Node) { r.debian(v, &i.Debian) }},
	})
}

func (r *reader) debian(n *yaml.Node, d *Debian) {
	r.object(n, "images.debian", []field{
		{"mirror", r.into(&d.Mirror, "images.debian.mirror", (*reader).webAddress)},
		{"suite", r.into(&d.Suite, "images.debian.suite", (*reader).suite)},
		{"keyring", r.into(&d.Keyring, "images.debian.keyring", (*reader).filled)},
		{"allow-unsigned", func(v *yaml.Node) { d.AllowUnsigned, _ = r.boolean(v, "images.debian.allow-unsigned") }},
	})
}

func (r *reader) run(n *yaml.Node, out *Run) {
	const many = 1024 // more than any machine can do at once
	r.object(n, "run", []field{
		{"slots", func(v *yaml.Node) { out.Slots = r.number(v, "run.slots", 1, many) }},
		{"fail-fast", func(v *yaml.Node) { out.FailFast, _ = r.boolean(v, "run.fail-fast") }},
		{"max-parallel", func(v *yaml.Node) { out.MaxParallel = r.number(v, "run.max-parallel", 1, many) }},
	})
}

// registryName is a host, perhaps a port, perhaps a path, as at the head of an
// image reference.
var registryName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$`)

func (r *reader) registry(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if !ok || registryName.MatchString(text) {
		return text, ok
	}
	hint := `write host[:port][/prefix], such as "registry.example:5000/mirror"`
	if _, rest, scheme := strings.Cut(text, "://"); scheme {
		hint = "write it without the scheme: " + quote(strings.TrimRight(rest, "/"))
		if !registryName.MatchString(strings.TrimRight(rest, "/")) {
			hint = `write host[:port][/prefix], such as "registry.example:5000/mirror"`
		}
	}
	r.problemf(n, hint, "%s: %s is not a registry", what, quote(n.Value))
	return "", false
}

func (r *reader) pull(n *yaml.Node) map[string]string {
	pairs, ok := r.entries(n, "images.pull")
	if !ok {
		return nil
	}
	pull := make(map[string]string, len(pairs))
	for _, e := range pairs {
		if r.fault(e.key, oneOf("image", e.name, ImageNames)) {
			continue
		}
		text, ok := r.filled(e.value, "images.pull."+e.name)
		if !ok {
			continue
		}
		if strings.ContainsAny(text, " \t\n") || strings.Contains(text, "://") {
			r.problemf(e.value, `write it as for docker pull, such as "redis:7.2"`, "images.pull.%s: %s is not an image reference", e.name, quote(text))
			continue
		}
		pull[e.name] = text
	}
	return pull
}

func (r *reader) webAddress(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if !ok {
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.problemf(n, `write it with http:// or https://`, "%s: %s is not the address of a server", what, quote(text))
		return "", false
	}
	return text, true
}

var suiteName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func (r *reader) suite(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if ok && !suiteName.MatchString(text) {
		r.problemf(n, "write the name of a Debian release, such as bookworm", "%s: %s is not a suite", what, quote(text))
		return "", false
	}
	return text, ok
}
