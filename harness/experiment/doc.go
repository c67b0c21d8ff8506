// Package experiment proves causes: it relaunches with conditions taken away, and
// with remedies applied.
package experiment
