package lang_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/lang"
)

func TestDetectFollowsPOSIXPrecedenceAfterItsOwnVariable(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
		want lang.Lang
	}{
		{"nothing set", nil, lang.English},
		{"LANG Chinese", map[string]string{"LANG": "zh_CN.UTF-8"}, lang.Chinese},
		{"LC_ALL beats LANG", map[string]string{"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, lang.English},
		{"own variable beats LC_ALL", map[string]string{"SEATRIAL_LANG": "zh", "LC_ALL": "C"}, lang.Chinese},
		{"case does not matter", map[string]string{"LC_MESSAGES": "ZH_TW"}, lang.Chinese},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, lang.Detect(func(k string) string { return tt.env[k] }))
		})
	}
}

func TestTextFallsBackToEnglish(t *testing.T) {
	assert.Equal(t, "up", lang.Text{EN: "up"}.In(lang.Chinese))
	assert.Equal(t, "起", lang.Text{EN: "up", ZH: "起"}.In(lang.Chinese))
	assert.Equal(t, "up", lang.Text{EN: "up", ZH: "起"}.In(lang.English))
}
