package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/lang"
)

func shellCommand() *cobra.Command {
	var language string
	cmd := &cobra.Command{
		Use:   "shell BUNDLE|RUN [-- COMMAND...]",
		Short: "Launch again what a bundle is of, and open a shell beside it",
		Long: `Launches the app of a bundle again, as it was launched then, and opens a shell
beside it: in its network and among its processes, with its file system at
/proc/1/root ($APP), also where its image holds nothing but a binary. If the app
ends at once, a process that does nothing stands in for it, with its image, user,
mounts and limits. Everything is removed when the shell ends.`,
		Example: `  seatrial shell .seatrial/runs/20260102-150405-x/go=stable/first-launch
  seatrial shell BUNDLE -- ls -l /proc/1/root/app
  seatrial shell BUNDLE -- cat /proc/1/status`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := (&runFlags{language: language}).lang()
			if err != nil {
				return err
			}
			if dash := cmd.ArgsLenAtDash(); dash > 1 || dash < 0 && len(args) > 1 {
				return errors.New("one bundle at a time\n    a command to run stands behind --: seatrial shell BUNDLE -- ls -l /proc/1/root")
			}
			return openShell(cmd, args[0], args[1:], l)
		},
	}
	cmd.Flags().StringVar(&language, "lang", "", "language, en or zh (default: from the environment)")
	return cmd
}

// openShell launches what the bundle is of, runs the command beside it, and gives
// its exit code.
func openShell(cmd *cobra.Command, path string, command []string, l lang.Lang) error {
	launch, err := launchIn(path)
	if err != nil {
		return err
	}
	tell := func(text lang.Text) { fmt.Fprintln(cmd.ErrOrStderr(), text.In(l)) }
	tell(lang.Text{EN: "launching again what " + path + " is of ...", ZH: "正在重新启动 " + path + " 所记录的部署 ……"})
	sh := harness.Shell{Command: command, In: os.Stdin, Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr(), Tell: tell}
	in, out := int(os.Stdin.Fd()), int(os.Stdout.Fd())
	if term.IsTerminal(in) && term.IsTerminal(out) {
		before, err := term.GetState(in)
		if err != nil {
			return fmt.Errorf("prepare terminal: %w", err)
		}
		defer func() { _ = term.Restore(in, before) }()
		sh.Size = func() (int, int, error) { return term.GetSize(out) }
		sh.Raw = func() error { _, err := term.MakeRaw(in); return err }
	}
	code, err := harness.OpenShell(cmd.Context(), launch, harness.Options{OutDir: filepath.Dir(path)}, sh)
	if err == nil && code != 0 {
		return exitCode(code)
	}
	return err
}

// launchIn reads what a bundle was launched as; of a run, the only failure's.
func launchIn(path string) (harness.Deployed, error) {
	found, err := (&explainFlags{as: "text"}).subjects(strings.NewReader(""), path)
	defer func() {
		for _, s := range found {
			_ = s.bundle.Close() // only read
		}
	}()
	if err != nil {
		return harness.Deployed{}, err
	}
	if len(found) == 1 {
		launch, err := harness.ReadDeployed(found[0].bundle)
		if err != nil {
			return launch, fmt.Errorf("open shell: %w", err)
		}
		return launch, nil
	}
	var names []string
	for _, s := range found {
		names = append(names, s.name)
	}
	return harness.Deployed{}, fmt.Errorf("open shell: %s holds %d failures; name one of them\n    %s", path, len(found), strings.Join(names, "\n    "))
}
