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
	err := rootCommand().ExecuteContext(ctx)
	var verdict exitCode
	switch {
	case err == nil:
		return report.ExitPassed
	case errors.As(err, &verdict):
		return int(verdict)
	case errors.Is(ctx.Err(), context.Canceled):
		fmt.Fprintln(os.Stderr, "seatrial: interrupted; everything of this run was removed")
		return report.ExitBroken
	}
	fmt.Fprintln(os.Stderr, describe(err, lang.Detect(os.Getenv)))
	return report.ExitBroken
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
		Args:          cobra.NoArgs,
	}
	root.AddCommand(checkCommand(), runCommand(), listCommand(), stepsCommand(), imagesCommand(), doctorCommand(), cleanCommand(), versionCommand())
	return root
}
