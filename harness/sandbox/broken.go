package sandbox

import "errors"

// Broken is an error of the engine or the harness and not of the app.
type Broken struct {
	Doing string
	Err   error
}

func (b *Broken) Error() string { return b.Doing + ": " + b.Err.Error() }

func (b *Broken) Unwrap() error { return b.Err }

// Broken marks the error for the outcome of the same name.
func (b *Broken) Broken() bool { return true }

func asBroken(doing string, err error) error {
	var already *Broken
	if errors.As(err, &already) {
		return err
	}
	return &Broken{Doing: doing, Err: err}
}
