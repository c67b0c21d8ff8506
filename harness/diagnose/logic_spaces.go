package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// spacedAddress matches what package net and net/url say of an address with white
// space before or behind it.
var spacedAddress = regexp.MustCompile(`lookup (?:tcp|udp)/(?P<value>\w+\s+): unknown port|lookup (?P<value>\s+\S+|\S+\s+)(?: on \S+)?: (?:no such host|server misbehaving)|invalid character "[ \\rnt]+" in host name`)

// valueWithSpaces sees a value whose white space a parser has named, or an address
// with it.
func valueWithSpaces(c *Case) *Match {
	if m := byValue("value-with-spaces")(c); m != nil {
		return m
	}
	for _, line := range c.Lines(SourceApp) {
		groups := spacedAddress.FindStringSubmatch(line.Plain)
		if groups == nil || c.Ended() && !line.Deadly {
			continue
		}
		m := saw(line)
		value := ""
		for _, group := range groups[1:] {
			value += group
		}
		if key := c.spacedVariable(); key != "" {
			value = c.Spec.Env[key]
			m.Lines = append(m.Lines, c.Evidence(evidence.SpecFile, strconv.Quote(key)))
			m.Remedy = []string{"env=" + key + "=" + strings.TrimSpace(value)}
		}
		if value == "" {
			value = " "
		}
		m.Params["value"] = strconv.Quote(value)
		return m
	}
	return nil
}

// spacedVariable is the first variable of the deployment with white space around
// its value.
func (c *Case) spacedVariable() string {
	var keys []string
	for key, value := range c.Spec.Env {
		if trimmed := strings.TrimSpace(value); trimmed != "" && trimmed != value {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}
