package build

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// flights does each job once and keeps its answer: like x/sync's singleflight
// with a memory, and with cancellation. A job runs as long as anyone waits for
// it; when the last caller has gone it is cancelled and its answer forgotten.
type flights[K comparable, V any] struct {
	mu   sync.Mutex
	jobs map[K]*flight[V]
}

type flight[V any] struct {
	waiting int
	cancel  context.CancelFunc
	done    chan struct{}
	value   V
	err     error
}

// do gives the answer of job for key; shared says that another call began it.
func (f *flights[K, V]) do(ctx context.Context, key K, job func(context.Context) (V, error)) (v V, shared bool, err error) {
	f.mu.Lock()
	j, shared := f.jobs[key]
	if !shared {
		jobCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		j = &flight[V]{cancel: cancel, done: make(chan struct{})}
		if f.jobs == nil {
			f.jobs = map[K]*flight[V]{}
		}
		f.jobs[key] = j
		go func() {
			defer cancel()
			j.value, j.err = job(jobCtx)
			if errors.Is(j.err, context.Canceled) || errors.Is(j.err, context.DeadlineExceeded) {
				f.forget(key, j)
			}
			close(j.done)
		}()
	}
	j.waiting++
	f.mu.Unlock()

	select {
	case <-j.done:
		return j.value, shared, j.err
	case <-ctx.Done():
	}
	if f.leave(key, j) {
		// Whatever the job started is dead when the last caller returns.
		<-j.done
	}
	return v, shared, fmt.Errorf("wait: %w", context.Cause(ctx))
}

// leave takes one caller off and, if it was the last, ends the job.
func (f *flights[K, V]) leave(key K, j *flight[V]) (last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	j.waiting--
	if j.waiting > 0 {
		return false
	}
	select {
	case <-j.done:
		return false // it was quicker, and the answer is good
	default:
	}
	j.cancel()
	if f.jobs[key] == j {
		delete(f.jobs, key)
	}
	return true
}

func (f *flights[K, V]) forget(key K, j *flight[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.jobs[key] == j {
		delete(f.jobs, key)
	}
}

// warmth lets the first build of a toolchain and target go alone: what it
// compiles of the standard library is in the cache for all that follow.
type warmth struct {
	mu     sync.Mutex
	groups map[Key]chan struct{} // closed when the first build has ended
}

// enter waits until k may be built. The caller calls done when its build has
// ended, well or not.
func (w *warmth) enter(ctx context.Context, k Key) (done func(), err error) {
	group := Key{Go: k.Go, GOOS: k.GOOS, GOARCH: k.GOARCH, CGO: k.CGO}
	w.mu.Lock()
	gate, ok := w.groups[group]
	if !ok {
		gate = make(chan struct{})
		if w.groups == nil {
			w.groups = map[Key]chan struct{}{}
		}
		w.groups[group] = gate
		w.mu.Unlock()
		return func() { close(gate) }, nil
	}
	w.mu.Unlock()
	select {
	case <-gate:
		return func() {}, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
