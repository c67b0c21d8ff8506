package app

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheLastStageSaysHowTheProgramIsStarted(t *testing.T) {
	names := []string{"shop", "main"}
	for name, tt := range map[string]struct {
		text    string
		args    []string
		volumes []string
		workDir string
	}{
		"exec form":            {"FROM golang\nENTRYPOINT [\"/bin/shop\", \"--bind=0.0.0.0\"]\n", []string{"--bind=0.0.0.0"}, nil, ""},
		"entrypoint and cmd":   {"FROM x\nWORKDIR /srv\nENTRYPOINT [\"./whatever\"]\nCMD [\"serve\"]\n", []string{"serve"}, nil, "/srv"},
		"shell form":           {"FROM x\nCMD ./shop -c conf.yaml\n", nil, nil, ""},
		"shell entrypoint":     {"FROM x\nENTRYPOINT ./start\nCMD [\"./shop\", \"serve\"]\n", nil, nil, ""},
		"after a script":       {"FROM x\nENTRYPOINT [\"/entrypoint.sh\", \"/usr/local/shop\", \"-v\"]\n", []string{"-v"}, nil, ""},
		"a script alone":       {"FROM x\nCMD [ \"/entrypoint.sh\" ]\n", nil, nil, ""},
		"after an init":        {"FROM x\nENTRYPOINT [\"/tini\", \"--\", \"/shop\", \"serve\"]\n", []string{"serve"}, nil, ""},
		"no arguments":         {"FROM x\nCMD [\"/shop\"]\n", nil, nil, ""},
		"volumes":              {"FROM x\nWORKDIR /opt\nWORKDIR shop\nVOLUME data/ /var/lib/x\nVOLUME [\"/opt/shop/logs\"]\n", nil, []string{"/opt/shop/data", "/var/lib/x", "/opt/shop/logs"}, "/opt/shop"},
		"variables":            {"FROM x\nARG ROOT=/srv\nENV DATA=$ROOT/data\nVOLUME ${ROOT}/data $NOWHERE/x\nWORKDIR $NOWHERE\n", nil, []string{"/srv/data"}, ""},
		"earlier stages":       {"FROM golang AS build\nWORKDIR /src\nVOLUME /cache\nCMD [\"/shop\", \"build\"]\nFROM scratch\nCOPY --from=build /shop /\nCMD [\"/shop\", \"run\"]\n", []string{"run"}, nil, ""},
		"a stage on a stage":   {"FROM --platform=x alpine AS Base\nWORKDIR /srv\nVOLUME /srv/data\nFROM base\nVOLUME /more\nCMD [\"/shop\", \"run\"]\n", []string{"run"}, []string{"/srv/data", "/more"}, "/srv"},
		"continued, commented": {"FROM x\nCMD [\"/shop\", \\\n# why\n  \"run\"]\n", []string{"run"}, nil, ""},
		"windows lines":        {"FROM x\r\nWORKDIR /srv\r\nCMD [\"/shop\", \"run\"]\r\n", []string{"run"}, nil, "/srv"},
		"nothing":              {"", nil, nil, ""},
	} {
		s := lastStage(tt.text)
		assert.Equal(t, tt.args, s.arguments(names), name)
		assert.Equal(t, tt.volumes, s.volumes, name)
		assert.Equal(t, tt.workDir, s.workDir, name)
	}
}

func TestArgumentsThatBelongToAnotherImageAreKnown(t *testing.T) {
	for argument, want := range map[string]bool{
		"serve": false, "--port=80": false, "-v": false, "--bind=0.0.0.0:80": false,
		"/config/settings.yml": true, "-c=/etc/x": true, "conf.yaml": true, "--config=conf.toml": true, "$PORT": true, "./data": true,
	} {
		assert.Equal(t, want, bound(argument), argument)
	}
}

func FuzzLastStageNeverFails(f *testing.F) {
	f.Add("FROM a AS b\nFROM b\nVOLUME [\"x\"]\nWORKDIR ../..\nCMD [\"sh\", \"-c\", \"x\"]")
	f.Add("FROM\nFROM --x\nENV\nCMD\nVOLUME\n\\")
	f.Fuzz(func(t *testing.T, text string) {
		s := lastStage(text)
		s.arguments([]string{"shop"})
		for _, v := range s.volumes {
			assert.NotEqual(t, "/", v)
		}
	})
}
