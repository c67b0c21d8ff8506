package experiment

import (
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/lang"
)

// Fact is one thing about a deployment or a build: a condition of the catalogue or
// one of those below.
type Fact = deployment.Condition

// Facts that are no conditions of the catalogue, in their form. Package deployment
// refuses them: whoever tries them takes them out first, see [Take].

// Base is the base under the app.
func Base(name string) deployment.Condition { return deployment.Condition{Name: "base", Value: name} }

// Road is the way that requests take: "nginx", or "direct".
func Road(name string) deployment.Condition { return deployment.Condition{Name: "road", Value: name} }

// Go is the release that builds the app.
func Go(release string) deployment.Condition {
	return deployment.Condition{Name: "go", Value: release}
}

// Mod is where modules come from: "mod" or "vendor".
func Mod(mode string) deployment.Condition { return deployment.Condition{Name: "mod", Value: mode} }

// CGO is whether C is compiled: "on" or "off".
func CGO(state string) deployment.Condition { return deployment.Condition{Name: "cgo", Value: state} }

// Take gives the value of the fact with this name, and the other facts.
func Take(facts []deployment.Condition, name string) (value string, others []deployment.Condition) {
	for _, f := range facts {
		if f.Name == name {
			value = f.Value
			continue
		}
		others = append(others, f)
	}
	return value, others
}

// phrase says a fact as a person would.
func phrase(c deployment.Condition) lang.Text {
	switch c.Name {
	case "tmpfs":
		return lang.Text{EN: "a tmpfs at " + c.Value, ZH: "在 " + c.Value + " 挂载 tmpfs"}
	case "base":
		return lang.Text{EN: "the base " + c.Value, ZH: "基础镜像 " + c.Value}
	case "workdir":
		return lang.Text{EN: "the working directory " + c.Value, ZH: "工作目录 " + c.Value}
	case "user":
		if c.Value == "0:0" {
			return lang.Text{EN: "user 0 (root)", ZH: "用户 0（root）"}
		}
	case "go":
		return lang.Text{EN: "Go " + c.Value, ZH: "Go " + c.Value}
	case "road":
		if c.Value == "direct" {
			return lang.Text{EN: "requests that do not go through nginx", ZH: "不经过 nginx 的请求"}
		}
		return lang.Text{EN: "requests through " + c.Value, ZH: "经 " + c.Value + " 的请求"}
	}
	return lang.Text{EN: c.String(), ZH: c.String()}
}

// phrases joins facts in a sentence.
func phrases(facts []deployment.Condition) lang.Text {
	var en, zh []string
	for _, f := range facts {
		text := phrase(f)
		en, zh = append(en, text.EN), append(zh, text.ZH)
	}
	return lang.Text{EN: strings.Join(en, " and "), ZH: strings.Join(zh, "、")}
}

// set writes facts as a set.
func set(facts []deployment.Condition) string {
	var list []string
	for _, f := range facts {
		list = append(list, f.String())
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// key is the same for the same facts in any order.
func key(facts []deployment.Condition) string {
	var list []string
	for _, f := range facts {
		list = append(list, f.String())
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\x00")
}
