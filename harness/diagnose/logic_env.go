package diagnose

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"env-missing":            envMissing,
	"value-quoted":           byValue("value-quoted"),
	"value-with-spaces":      valueWithSpaces,
	"port-from-service-link": byValue("port-from-service-link"),
	"value-wrong-type":       byValue("value-wrong-type"),
	"time-zones-missing":     timeZonesMissing,
	"time-zone-misspelt":     timeZoneMisspelt,
	"time-zone-ignored":      timeZoneIgnored,
	"config-file-empty":      configFileEmpty,
	"config-value-missing":   configValueMissing,
})

// wordsOfMissing are how apps and the libraries that read environments into
// structs (envconfig, caarlos0/env, cleanenv, viper) say that a variable is needed.
// A variable is written in capitals, which keeps words of other meaning out.
var wordsOfMissing = func() []*regexp.Regexp {
	const (
		open, shut = `["'` + "`" + `$({<\[]*`, `["'` + "`" + `)}>\]]*`
		key        = open + `(?P<key>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PORT|DSN)` + shut
		anyKey     = open + `(?P<key>[A-Z][A-Z0-9_]{2,})` + shut
		env        = `(?i:env(?:ironment)?(?:[ -]?var(?:iable)?)?s?)`
		lacking    = `:? (?i:` + env + ` )?(?i:(?:is |was |are |has |have )?` +
			`(?:not (?:been )?(?:set|defined|found|present|provided|specified|configured)|unset|missing|empty|undefined|blank|required)\b|` +
			`(?:does not|doesn't) exist|(?:must|should|needs to|has to) be (?:set|defined|provided|specified|present|configured|given)|` +
			`(?:cannot|can't|must not|should not|may not) be (?:empty|blank|unset|missing))`
	)
	var list []*regexp.Regexp
	for _, text := range []string{
		`required (?:key|environment variable|env var(?:iable)?|variable|env) ` + key + ` (?:missing value|(?:is )?(?:not set|missing|unset|empty))`,
		`\b` + env + `:? ` + anyKey + lacking,
		key + lacking,
		`\b` + env + ` (?i:not set|missing|unset|empty|required):? ` + anyKey,
		`(?i:(?:missing|unset|empty|undefined|need|set)(?: the)?(?: required| mandatory)?(?: ` + env + `| variables?| key| configuration)?):? ` + key + `(?:$|[\s.,;:!])`,
		`(?i:(?:secret|credential|password|token|key) not (?:set|found|configured)):? ` + key,
		`(?:缺少|未设置|請設定|请设置|未配置)[:： ]*(?:环境变量|環境變數)?[:： ]*` + key,
		`(?:环境变量|環境變數)[:： ]*` + anyKey + ` ?(?:未设置|没有设置|未配置|不能为空|为空|缺失|必填|未設定|不存在)`,
		key + ` ?(?:未设置|没有设置|未配置|不能为空|为空|缺失|必填|未設定)`,
	} {
		list = append(list, regexp.MustCompile(text))
	}
	return list
}()

// envMissing finds a variable that the app says it needs, unless the deployment
// gives it a value.
func envMissing(c *Case) *Match {
	for _, line := range c.Lines(SourceApp) {
		for _, words := range wordsOfMissing {
			m := words.FindStringSubmatch(line.Plain)
			if m == nil || c.wasReady() || !c.acts(line) {
				continue
			}
			if key := m[words.SubexpIndex("key")]; c.Spec.Env[key] == "" && !strings.HasPrefix(key, "KUBERNETES_SERVICE_") {
				return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"key": key}}
			}
		}
	}
	return nil
}

// The kinds of values, as the texts name them.
var kinds = []struct {
	words  *regexp.Regexp
	en, zh string
}{
	{regexp.MustCompile(`strconv\.(?:Atoi|ParseInt|ParseUint): parsing "(?P<value>.*)": (?:invalid syntax|value out of range)`), "a whole number", "整数"},
	{regexp.MustCompile(`strconv\.ParseFloat: parsing "(?P<value>.*)": (?:invalid syntax|value out of range)`), "a number", "数字"},
	{regexp.MustCompile(`strconv\.ParseBool: parsing "(?P<value>.*)": invalid syntax`), "a boolean", "布尔值"},
	{regexp.MustCompile(`time: (?:missing unit in duration|invalid duration|unknown unit ".*" in duration) "?(?P<value>[^"]*)"?`), "a duration", "时长"},
	{regexp.MustCompile(`parse "(?P<value>[^"]*)": (?:first path segment in URL cannot contain colon|invalid port|missing protocol scheme|invalid character|net/url)`), "a URL", "URL"},
	{regexp.MustCompile(`\blookup (?:tcp|udp)/(?P<value>["'][^"']*["']): `), "a port", "端口"},
	{regexp.MustCompile(`(?:listen \w+: )?address :?(?P<value>tcp://[^\s:]+:\d+): too many colons in address`), "a port", "端口"},
}

// ofData tells that a value is one of many that the app reads in, and none of its
// settings.
var ofData = regexp.MustCompile(`(?i)\b(rows?|records?|columns?|csv|tsv|seed\w*|import(ing|ed)?|fixtures?|migrations?)\b|第 ?\d+ ?[行条]`)

// byValue is the logic of a rule that valueCause names.
func byValue(rule string) Logic {
	return func(c *Case) *Match {
		for _, line := range c.Lines(SourceApp) {
			// A value that comes with a request is no matter of the deployment.
			for _, kind := range kinds {
				m := kind.words.FindStringSubmatch(line.Plain)
				if m == nil || valueCause(m[1]) != rule || c.wasReady() || !c.acts(line) {
					continue
				}
				if ofData.MatchString(line.Plain) && c.whoHas(m[1]) == nil {
					continue
				}
				return &Match{
					Lines:  append([]evidence.Line{line.Line}, c.whoHas(m[1])...),
					Params: map[string]string{"value": shown(m[1]), "kind": kind.en, "kind_zh": kind.zh},
				}
			}
		}
		return nil
	}
}

func valueCause(value string) string {
	switch {
	case len(value) > 1 && strings.ContainsAny(value[:1], `"'`) && value[len(value)-1] == value[0]:
		return "value-quoted"
	case strings.HasPrefix(value, "tcp://"), strings.HasPrefix(value, "udp://"):
		return "port-from-service-link"
	case strings.TrimSpace(unescape.Replace(value)) != unescape.Replace(value):
		return "value-with-spaces"
	}
	return "value-wrong-type"
}

var unescape = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\t`, "\t")

// shown is a value as the texts show it: in quotes, unless it has its own.
func shown(value string) string {
	if valueCause(value) == "value-quoted" {
		return value
	}
	return `"` + value + `"`
}

// whoHas gives the line of the specification that sets a value.
func (c *Case) whoHas(value string) []evidence.Line {
	if value == "" {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(c.Spec.Env)) {
		if c.Spec.Env[key] == value {
			return []evidence.Line{c.Evidence(evidence.SpecFile, `"`+key+`"`)}
		}
	}
	return nil
}

var unknownZone = regexp.MustCompile(`unknown time zone "?([A-Za-z][\w+/-]*)`)

func (c *Case) unknownZone() (string, *Match) {
	for _, line := range append(c.Lines(SourceApp), c.badAnswers()...) {
		if m := unknownZone.FindStringSubmatch(line.Plain); m != nil && c.acts(line) {
			return m[1], &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"zone": m[1]}}
		}
	}
	return "", nil
}

func timeZonesMissing(c *Case) *Match {
	_, m := c.unknownZone()
	if m == nil || c.hasZones() {
		return nil
	}
	if c.lacks(deployment.TimeZones) {
		m.Confidence = Certain
	}
	return m
}

func timeZoneMisspelt(c *Case) *Match {
	zone, m := c.unknownZone()
	if m == nil || !c.hasZones() || c.imageHas("/usr/share/zoneinfo/"+zone) {
		return nil
	}
	return m
}

// hasZones says whether the image is known to have time zone data.
func (c *Case) hasZones() bool {
	return !c.lacks(deployment.TimeZones) && slices.ContainsFunc(c.imagePaths(), func(f evidence.File) bool {
		return strings.HasPrefix(f.Path, "/usr/share/zoneinfo/") && f.Type == "file"
	})
}

// lacks says whether the image is known to be without a part: it was taken away,
// the base is empty, or the list of files shows nothing of it.
func (c *Case) lacks(part deployment.Part) bool {
	if slices.Contains(c.Spec.Without, part) {
		return true
	}
	where := map[deployment.Part]string{
		deployment.TimeZones: "/usr/share/zoneinfo/", deployment.CACertificates: "/etc/ssl/certs/", deployment.Shell: "/bin/sh",
	}[part]
	if where == "" {
		return false
	}
	if files := c.imagePaths(); len(files) > 0 {
		return !slices.ContainsFunc(files, func(f evidence.File) bool { return strings.HasPrefix(f.Path, where) && f.Type != "dir" })
	}
	return c.Image != nil && c.Image.Base == "scratch"
}

var aboutTime = regexp.MustCompile(`(?i)\btime|zone|\bdate|clock|时区|时间|日期`)

// timeZoneIgnored is asked for where a scenario about the time fails: nothing else
// shows that TZ has no effect.
func timeZoneIgnored(c *Case) *Match {
	zone := c.Spec.Env["TZ"]
	if zone == "" || zone == "UTC" || !c.lacks(deployment.TimeZones) || !c.about(aboutTime) {
		return nil
	}
	if _, m := c.unknownZone(); m != nil {
		return nil
	}
	return &Match{Lines: []evidence.Line{c.Evidence(evidence.SpecFile, zone)}, Params: map[string]string{"zone": zone}}
}

// about says whether the step that failed, or its symptom, is about something.
func (c *Case) about(words *regexp.Regexp) bool {
	return words.MatchString(c.Outcome.Step) || words.MatchString(c.Outcome.What)
}

// valueMissing is how apps and validators say that a setting must have a value.
var valueMissing = regexp.MustCompile(
	`(?i)\b(?:conf\w*|setting\w*|option\w*)\b.*(?:\b(?:must not|cannot|can't|should not|may not) be (?:0|zero|empty|blank|nil|null)\b|` +
		`\bmust be (?:set|provided|given|specified|positive|greater than (?:0|zero))\b|` +
		`\b(?:is|are) (?:required|missing|empty|not set|unset|blank|zero|0)\s*(?:$|[.,;:)"'}]))|` +
		`\bfield "[\w.]+" (?:is required but the value is not provided|is not set)|` + // cleanenv, go-zero
		`Field validation for '[\w.\[\]]+' failed on the '(?:required\w*|min|gt|ne)' tag|` +
		`(?i:missing required (?:config\w*|field|setting|value|key|option|parameter)|required (?:config\w*|setting|field|key) .*(?:missing|not set|empty))|` +
		`配置.*(?:不能为空|必填|缺失|未设置|为空|缺少)`)

func (c *Case) valueMissing() (evidence.Line, bool) {
	for _, line := range c.Lines(SourceApp) {
		if valueMissing.MatchString(line.Plain) && !c.wasReady() && c.acts(line) {
			return line.Line, true
		}
	}
	return evidence.Line{}, false
}

func configValueMissing(c *Case) *Match {
	if line, ok := c.valueMissing(); ok && envMissing(c) == nil {
		return &Match{Lines: []evidence.Line{line}}
	}
	return nil
}

var endsAtOnce = regexp.MustCompile(`unexpected end of JSON input|\bEOF\b|(?i:\bempty\b)`)

func configFileEmpty(c *Case) *Match {
	for _, p := range c.Paths {
		if p.Type != "file" || p.Size > 0 || p.Error != "" || purposeOf(p.Path) != forConfig {
			continue
		}
		line, ok := c.valueMissing()
		for _, end := range c.Lines(SourceApp) {
			if !ok && !c.wasReady() && c.acts(end) && endsAtOnce.MatchString(end.Plain) {
				line, ok = end.Line, true
			}
		}
		if ok {
			return &Match{Lines: []evidence.Line{line, c.Evidence(evidence.PathsFile, `"`+p.Path+`"`)}, Params: map[string]string{"path": p.Path}}
		}
	}
	return nil
}
