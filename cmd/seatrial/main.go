// Command seatrial puts a Go web app through production before production does.
//
// Its exit codes: 0, all is as it should be; 1, the app is at fault; 2, the
// harness or the engine is, or the command line, the matrix or a feature is.
//
// What a command is asked for goes to standard output, everything else to
// standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the run and cleans up; the second one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx))
}

func execute(ctx context.Context) int {
	cmd, err := rootCommand().ExecuteContextC(ctx)
	var verdict exitCode
	told := errors.As(err, &verdict)
	switch {
	case err == nil:
		return report.ExitPassed
	case ctx.Err() != nil && (told || errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err())):
		fmt.Fprintln(os.Stderr, "seatrial: "+interrupted().In(language(cmd)))
		return report.ExitBroken
	case told:
		return int(verdict)
	}
	fmt.Fprintln(os.Stderr, "seatrial: "+describe(err, language(cmd)))
	return report.ExitBroken
}

// language is that of the command's flag if it has one, else the environment's.
func language(cmd *cobra.Command) lang.Lang {
	if flag := cmd.Flags().Lookup("lang"); flag != nil {
		switch l := lang.Lang(flag.Value.String()); l {
		case lang.English, lang.Chinese:
			return l
		}
	}
	return lang.Detect(os.Getenv)
}

// knownCommand refuses a command that there is not: cobra would show the help and
// call it a success.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see seatrial --help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q\n    %s", args[0], hint)
}

// exitCode is a run's verdict, which has been told already.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "seatrial",
		Short: "Put a Go web app through production before production does",
		Long: `Seatrial builds a Go web app for every cell of a compatibility matrix, launches
each build beside a real Redis and a real nginx under the conditions of
production, and says what fails and why.`,
		Example: `  seatrial check .                     an answer without any configuration
  seatrial list                        the cells of matrix.yaml, without Docker
  seatrial run --matrix go:1.22        the scenarios in some cells
  seatrial steps                       every sentence that a feature may use`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,

		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\n    see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(checkCommand(), runCommand(), listCommand(), stepsCommand(), conditionsCommand(), explainCommand(), shellCommand(), imagesCommand(), doctorCommand(), cleanCommand(), versionCommand())
	return root
}
