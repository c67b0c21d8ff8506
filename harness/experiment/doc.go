// Package experiment proves causes: it tries a failure again under fewer facts,
// until it has the smallest set of them that fails, and then with remedies, until
// it has one that passes.
//
// A fact is one thing about a deployment or a build that could be otherwise: a
// condition of the catalogue, or one of [Base], [Road], [Go], [Mod] and [CGO].
// To take a fact away means that its neutral alternative is in its place: no
// condition, the base that has everything, the direct road, the newest Go.
//
// The package launches nothing itself and knows no engine; a [Try] does. The
// search is ddmin: A. Zeller and R. Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", 2002. What is not the same when it is repeated is
// called flaky and proves nothing.
package experiment
