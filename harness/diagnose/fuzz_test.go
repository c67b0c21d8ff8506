package diagnose

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

// FuzzDiagnose promises that no bundle makes a rule panic, and that every
// finding can be shown.
func FuzzDiagnose(f *testing.F) {
	f.Add("exec /app/app: exec format error", `{"status":"exited","exitCode":1}`, `{"path":"/app/app","abs":"/app/app","why":"binary","type":"file","head":"\\x7fELF"}`,
		`{"road":"direct","method":"GET","path":"/a.js","status":404}`)
	f.Add("# x\n./main.go:3:9: syntax error: unexpected [, expecting (", `{"status":"created","error":"exec: \"app\": executable file not found in $PATH"}`, ``, ``)
	f.Add("html/template: \"a/b\" is undefined", `{"running":true}`, `{"path":"","head":"\\"}`, `{"path":"//","status":200}`)
	f.Fuzz(func(t *testing.T, log, state, paths, exchanges string) {
		texts := map[string]string{
			evidence.StateFile: state, evidence.PathsFile: paths, evidence.HTTPFile: exchanges,
			evidence.SocketsFile: state, evidence.BuildFile: state, evidence.AppFile: state, evidence.SpecFile: state, evidence.ImageFile: state,
		}
		for _, name := range []string{evidence.StderrLog, evidence.BuildLog, evidence.PlatformLog, evidence.SystemdLog, evidence.UnitFile, evidence.GoModFile} {
			texts[name] = log
		}
		b, err := evidence.FromTexts(texts)
		if err != nil {
			t.Skip()
		}
		for _, finding := range Bundle(b).Findings {
			require.NotEmpty(t, finding.Rule)
			require.False(t, slices.Contains([]string{finding.Title.EN, finding.Cause.EN, finding.Fix.EN}, ""), finding.Rule)
		}
	})
}
