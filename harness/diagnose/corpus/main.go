// Command corpus holds the rules against every case of harness/diagnose/testdata,
// and adds cases to it:
//
//	go run ./harness/diagnose/corpus
//	go run ./harness/diagnose/corpus add --expect config-file-missing --as config/my-case BUNDLE
//
// It exits with 1 if a case is not judged as it should be.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

const cases = "harness/diagnose/testdata"

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, errWrong) {
			fmt.Fprintln(os.Stderr, "corpus:", err)
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// errWrong says that the table has told of cases that are not in order.
var errWrong = errors.New("cases are judged wrongly")

func run(args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == "add" {
		return add(args[1:], out)
	}
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	dir := flags.String("dir", cases, "the folder of the cases")
	all := flags.Bool("v", false, "name every case that is not first")
	if err := flags.Parse(args); err != nil {
		return err
	}
	list, err := Load(*dir)
	if err != nil {
		return err
	}
	table := NewTable(list)
	table.Write(out, *all)
	if table.Total.Wrong > 0 {
		return errWrong
	}
	return nil
}

func add(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("corpus add", flag.ContinueOnError)
	expect := flags.String("expect", "", "the rule that must be found first, or none, or unknown")
	as := flags.String("as", "", "category/name of the case")
	note := flags.String("note", "", "what is special about it")
	source := flags.String("source", Recorded, strings.Join(origins, ", "))
	dir := flags.String("dir", cases, "the folder of the cases")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || *expect == "" || *as == "" {
		return errors.New("usage: corpus add --expect RULE --as CATEGORY/NAME BUNDLE")
	}
	bundle, err := evidence.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer bundle.Close()
	path := filepath.Join(*dir, filepath.FromSlash(*as)+".txtar")
	c := Case{Name: *as, Expect: *expect, Source: *source, Note: *note}
	if err := c.Save(path, bundle); err != nil {
		return err
	}
	fmt.Fprintln(out, path)
	return nil
}
