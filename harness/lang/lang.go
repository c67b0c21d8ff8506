// Package lang holds text in the two languages of Seatrial's reports, English
// and Chinese, and decides which of them a reader wants.
//
// It is a leaf: every room may use it, and it uses none.
package lang

import "strings"

// Lang is a language of reports: [English] or [Chinese].
type Lang string

const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Text is one message in both languages. English is the original; a Chinese
// text that is missing falls back to it.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh,omitempty"`
}

// In gives the text in language l.
func (t Text) In(l Lang) string {
	if l == Chinese && t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// IsZero says whether there is no text at all.
func (t Text) IsZero() bool { return t == Text{} }

// Detect finds the reader's language from the environment: SEATRIAL_LANG first,
// then LC_ALL, LC_MESSAGES and LANG in POSIX's order of precedence. Whatever
// begins with "zh" is Chinese, everything else English.
func Detect(getenv func(string) string) Lang {
	for _, key := range []string{"SEATRIAL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		value := getenv(key)
		if value == "" {
			continue
		}
		if strings.HasPrefix(strings.ToLower(value), "zh") {
			return Chinese
		}
		return English
	}
	return English
}
