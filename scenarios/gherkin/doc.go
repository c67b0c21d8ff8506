// Package gherkin reads, checks and runs feature files. It is everything about
// Gherkin that is not about Seatrial: it knows no app, no container and no
// domain sentence. Only packages under scenarios import it, and only it imports
// godog.
//
// Read it in this order:
//
//   - [Sentence] and [New]: a catalogue is the list of all sentences that a
//     feature file may use, each in English and Chinese, each with one function.
//     A catalogue that contradicts itself (two sentences for one text, an example
//     that its own pattern does not match, a function with the wrong arguments)
//     is refused.
//   - [Load]: a [Plan] is every scenario of a set of feature files, outline rows
//     included, each with a name and a file:line that are its own. A plan is
//     narrowed with [Plan.Filter] (tag expressions) and [Plan.Only] (file:line).
//   - [Catalogue.Check]: every step of a plan is matched before anything runs; all
//     the problems come at once, each with the nearest sentences.
//   - [Run]: one godog run executes the plan; [Subtests] presents it to go test.
//
// # Contract
//
// Godog parses and runs; its verdicts are not used (docs: godog 0.15.1 passes a
// skipped scenario, an undefined step outside of strict mode, and a run of zero
// scenarios). Outcomes follow these rules:
//
//   - a step's error is failed: the app is at fault;
//   - an error that says so of itself is broken (see [IsBroken]), and so are a
//     panic, a runtime.Goexit and an interruption;
//   - [Skip] makes a scenario skipped, with its reason;
//   - every planned scenario has exactly one result, whatever happened.
package gherkin
