package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
)

// textFiles are what a text that is no bundle can be, and the file of a bundle
// that it then stands in.
var textFiles = map[string]string{
	"app":        evidence.StderrLog,
	"build":      evidence.BuildLog,
	"platform":   evidence.PlatformLog,
	"supervisor": evidence.SupervisorLog,
	"systemd":    evidence.SystemdLog,
	"text":       evidence.TranscriptLog,
	"unit":       evidence.UnitFile,
}

type explainFlags struct {
	rule, language, as string
	rules, json        bool
	exitCode           int
}

func explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain [BUNDLE|RUN|FILE|-]...",
		Short: "Name the cause of a failure from its evidence, offline",
		Long: `Explains bundles of evidence: folders, or what they were packed into. Of a folder
of a run it explains every bundle that tells of a failure. Any other file, and
standard input (-), is a text: what an app, a build or a tool printed.`,
		Example: `  seatrial explain .seatrial/runs
  seatrial explain bundle.zip
  docker logs app 2>&1 | seatrial explain -
  journalctl -u app | seatrial explain --as systemd -
  seatrial explain --rule config-file-missing
  seatrial explain --rules`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.rule, "rule", "", "print this rule: what it means, and what to do")
	flags.BoolVar(&f.rules, "rules", false, "list all rules")
	flags.StringVar(&f.as, "as", "text", "what a text is: "+strings.Join(slices.Sorted(maps.Keys(textFiles)), ", "))
	flags.IntVar(&f.exitCode, "exit-code", -1, "the exit code that belongs to a text, if it is known")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	flags.StringVar(&f.language, "lang", "", "language, en or zh (default: from the environment)")
	return cmd
}

func (f *explainFlags) run(cmd *cobra.Command, args []string) error {
	l, err := (&runFlags{language: f.language}).lang()
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case f.rules:
		return listRules(out, l)
	case f.rule != "":
		return printRule(out, f.rule, l)
	case textFiles[f.as] == "":
		return fmt.Errorf("unknown kind of text %q: use --as with one of %s", f.as, strings.Join(slices.Sorted(maps.Keys(textFiles)), ", "))
	case len(args) == 0:
		return errors.New("nothing to explain: name a bundle, a run's folder, a file with a log, or - for standard input\n    the page of a failure says where its bundle is")
	}
	var list []subject
	var errs []error
	for _, arg := range args {
		found, err := f.subjects(cmd.InOrStdin(), arg)
		errs = append(errs, err)
		list = append(list, found...)
	}
	defer func() {
		for _, s := range list {
			_ = s.bundle.Close() // only read
		}
	}()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if f.json {
		return explainJSON(out, list)
	}
	o := reportOptions(out, l)
	for i, s := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := explainOne(out, s, o); err != nil {
			return err
		}
	}
	return nil
}

// subject is a bundle that is to be explained.
type subject struct {
	name   string
	bundle *evidence.Bundle
}

// subjects gives what an argument names.
func (f *explainFlags) subjects(stdin io.Reader, arg string) ([]subject, error) {
	if arg == "-" {
		data, err := io.ReadAll(stdin)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return f.text("standard input", data)
	}
	info, err := os.Stat(arg)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	packed := strings.HasSuffix(arg, ".zip") || strings.HasSuffix(arg, ".tar.gz") || strings.HasSuffix(arg, ".tgz")
	if !info.IsDir() && !packed {
		data, err := os.ReadFile(arg)
		if err != nil {
			return nil, fmt.Errorf("explain: %w", err)
		}
		return f.text(arg, data)
	}
	if !info.IsDir() || exists(filepath.Join(arg, evidence.MetaFile)) {
		b, err := evidence.Open(arg)
		if err != nil {
			return nil, err
		}
		return []subject{{arg, b}}, nil
	}
	return failuresBelow(arg)
}

func (f *explainFlags) text(name string, data []byte) ([]subject, error) {
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, fmt.Errorf("explain %s: it is empty", name)
	}
	files := map[string]string{textFiles[f.as]: string(data)}
	if f.exitCode >= 0 {
		state, err := json.Marshal(evidence.State{Status: "exited", ExitCode: f.exitCode})
		if err != nil {
			return nil, err
		}
		files[evidence.StateFile] = string(state)
	}
	b, err := evidence.FromTexts(files)
	if err != nil {
		return nil, err
	}
	return []subject{{name, b}}, nil
}

// failuresBelow opens every bundle below a folder that tells of a failure.
func failuresBelow(dir string) ([]subject, error) {
	var list []subject
	bundles := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != evidence.MetaFile {
			return err
		}
		bundles++
		b, err := evidence.Open(filepath.Dir(path))
		if err != nil {
			return err
		}
		if diagnose.Read(b).Healthy() {
			return b.Close()
		}
		list = append(list, subject{filepath.Dir(path), b})
		return nil
	})
	switch {
	case err != nil:
		return list, fmt.Errorf("explain: %w", err)
	case bundles == 0:
		return nil, fmt.Errorf("explain: there is no bundle in %s: it would have a %s", dir, evidence.MetaFile)
	case len(list) == 0:
		return nil, fmt.Errorf("explain: none of the %d bundles in %s tells of a failure", bundles, dir)
	}
	return list, nil
}

func explainOne(out io.Writer, s subject, o report.Options) error {
	d := diagnose.Bundle(s.bundle)
	fmt.Fprintln(out, o.Path(s.name))
	if d.Healthy {
		_, err := fmt.Fprintln(out, lang.Text{EN: "no failure: what was tried went well", ZH: "没有故障：所尝试的都正常"}.In(o.Lang))
		return err
	}
	for i, f := range d.Findings {
		if i > 0 {
			fmt.Fprintln(out)
		}
		page := harness.FailureOf(f)
		if i == 0 && s.bundle.Path != "" {
			page.Shell = commandLine("shell", s.bundle.Path)
		}
		if err := report.WriteFailure(out, page, o); err != nil {
			return err
		}
	}
	return nil
}

func explainJSON(out io.Writer, list []subject) error {
	type explained struct {
		Bundle string `json:"bundle"`
		diagnose.Diagnosis
	}
	all := []explained{}
	for _, s := range list {
		all = append(all, explained{s.name, diagnose.Bundle(s.bundle)})
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(all)
}

func listRules(out io.Writer, l lang.Lang) error {
	area := ""
	for _, r := range diagnose.Rules() {
		if r.Area != area {
			area = r.Area
			if _, err := fmt.Fprintf(out, "\n%s\n", area); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(out, "  %-36s %s\n", r.ID, lang.Text(r.Title).In(l)); err != nil {
			return err
		}
	}
	return nil
}

func printRule(out io.Writer, id string, l lang.Lang) error {
	r, ok := diagnose.RuleByID(id)
	if !ok {
		var near []string
		for _, known := range diagnose.Rules() {
			if strings.Contains(known.ID, id) || strings.Contains(id, known.ID) {
				near = append(near, known.ID)
			}
		}
		hint := "see seatrial explain --rules"
		if len(near) > 0 {
			hint = "did you mean " + strings.Join(near, " or ") + "?"
		}
		return fmt.Errorf("unknown rule %q\n    %s", id, hint)
	}
	page := &report.Failure{
		Rule: r.ID, What: lang.Text(r.Title), Cause: lang.Text(r.Cause), Fix: lang.Text(r.Fix), Not: lang.Text(r.Not),
	}
	return report.WriteFailure(out, page, reportOptions(out, l))
}
