package gherkin_test

import (
	"context"
	"fmt"
	"testing/fstest"
	"time"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// Kettle is the world of the example.
type Kettle struct{ litres int }

// Fill puts water in.
func (k *Kettle) Fill(litres int) error { k.litres = litres; return nil }

// Boils looks whether it boils in time.
func (k *Kettle) Boils(_ context.Context, within time.Duration) error {
	if need := time.Duration(k.litres) * time.Minute; need > within {
		return fmt.Errorf("boil %d litres: takes %v", k.litres, need)
	}
	return nil
}

// Two sentences, one feature file in each language, one run.
func Example() {
	catalogue, err := gherkin.New(gherkin.Config{World: (*Kettle)(nil)},
		gherkin.Sentence{
			Group: "kettle", Keyword: "Given", Func: (*Kettle).Fill,
			EN: "the kettle holds {int} litre(s)", ExampleEN: "the kettle holds 1 litre",
			ZH: "壶里有 {int} 升水", ExampleZH: "壶里有 1 升水",
			Doc: lang.Text{EN: "Fills the kettle.", ZH: "往壶里加水。"},
		},
		gherkin.Sentence{
			Group: "kettle", Keyword: "Then", Func: (*Kettle).Boils,
			EN: "it boils within {duration}", ExampleEN: "it boils within 90 s",
			ZH: "水在 {duration} 内烧开", ExampleZH: "水在 90 秒内烧开",
			Doc: lang.Text{EN: "Waits for the water to boil.", ZH: "等水烧开。"},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := gherkin.Load(gherkin.Source{Root: "features", FS: fstest.MapFS{
		"en.feature": {Data: []byte("Feature: tea\n  @quick\n  Scenario: a cup\n    Given the kettle holds 1 litre\n    Then it boils within 90 s\n")},
		"zh.feature": {Data: []byte("# language: zh-CN\n功能: 茶\n  @quick\n  场景: 一壶\n    假如壶里有3升水\n    那么水在2分钟内烧开\n")},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if plan, err = plan.Filter("@quick"); err != nil {
		fmt.Println(err)
		return
	}
	results, err := gherkin.Run(context.Background(), plan, catalogue, gherkin.Options[*Kettle]{
		Concurrency: 2,
		World:       func(context.Context, gherkin.Scenario) (*Kettle, error) { return &Kettle{}, nil },
		After:       func(_ context.Context, k *Kettle, r *report.Result) error { k.litres = 0; return nil },
	})
	for _, r := range results {
		fmt.Printf("%s:%d %s: %v (%s)\n", r.File, r.Line, r.Scenario, r.Outcome, r.Reason)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// features/en.feature:3 a cup: passed ()
	// features/zh.feature:4 一壶: failed (boil 3 litres: takes 3m0s)
}
