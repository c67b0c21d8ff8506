package gherkin

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

var (
	stringType   = reflect.TypeFor[string]()
	errorType    = reflect.TypeFor[error]()
	contextType  = reflect.TypeFor[context.Context]()
	durationType = reflect.TypeFor[time.Duration]()
	tableType    = reflect.TypeFor[*Table]()
	docType      = reflect.TypeFor[*DocString]()
)

// Table is the table under a step.
type Table struct {
	Rows [][]string
}

// Records reads the first row as the names of the columns and gives every other
// row by them. A column without a name, or with the name of another, is an error.
func (t *Table) Records() ([]map[string]string, error) {
	if len(t.Rows) == 0 {
		return nil, fmt.Errorf("read table: no header row")
	}
	seen := map[string]bool{}
	for i, name := range t.Rows[0] {
		if name == "" || seen[name] {
			return nil, fmt.Errorf("read table: column %d has the name %q: want a name of its own", i+1, name)
		}
		seen[name] = true
	}
	records := []map[string]string{}
	for _, row := range t.Rows[1:] {
		record := map[string]string{}
		for i, name := range t.Rows[0] {
			record[name] = row[i]
		}
		records = append(records, record)
	}
	return records, nil
}

// DocString is the text between """ under a step.
type DocString struct {
	MediaType string
	Content   string
}

// Data says what stands under a step, or what a sentence wants there.
type Data int

const (
	NoData Data = iota
	TableData
	DocStringData
)

func (d Data) String() string {
	return [...]string{"nothing", "a table", `a text between """`}[d]
}

// signature is a sentence's function, taken apart.
type signature struct {
	fn      reflect.Value
	world   bool
	context bool
	params  []reflect.Type
	data    Data
	returns bool // (context.Context, error) instead of error
}

// inspect reads a function of the form
//
//	func([world W], [ctx context.Context], parameters..., [*Table | *DocString]) error
//
// or with (context.Context, error) as its results.
func inspect(fn any, world reflect.Type) (signature, error) {
	s := signature{fn: reflect.ValueOf(fn)}
	if s.fn.Kind() != reflect.Func || s.fn.IsNil() {
		return s, fmt.Errorf("the function is %T: want a function", fn)
	}
	t := s.fn.Type()
	switch {
	case t.IsVariadic():
		return s, fmt.Errorf("the function is %v: variadic functions are not supported", t)
	case t.NumOut() == 1 && t.Out(0) == errorType:
	case t.NumOut() == 2 && t.Out(0) == contextType && t.Out(1) == errorType:
		s.returns = true
	default:
		return s, fmt.Errorf("the function is %v: want error or (context.Context, error) as its results", t)
	}
	for i := range t.NumIn() {
		in := t.In(i)
		switch {
		case i == 0 && world != nil && in == world:
			s.world = true
		case in == contextType && !s.context && len(s.params) == 0:
			s.context = true
		case in == tableType || in == docType:
			if i != t.NumIn()-1 {
				return s, fmt.Errorf("the function is %v: %v must be the last argument", t, in)
			}
			s.data = DocStringData
			if in == tableType {
				s.data = TableData
			}
		default:
			s.params = append(s.params, in)
		}
	}
	return s, nil
}

// call runs the function. data is a *Table, a *DocString or nil.
func (s signature) call(ctx context.Context, world reflect.Value, args []reflect.Value, data any) (context.Context, error) {
	var in []reflect.Value
	if s.world {
		in = append(in, world)
	}
	if s.context {
		in = append(in, reflect.ValueOf(ctx))
	}
	in = append(in, args...)
	if s.data != NoData {
		in = append(in, reflect.ValueOf(data))
	}
	out := s.fn.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	if s.returns {
		if next, ok := out[0].Interface().(context.Context); ok {
			return next, err
		}
	}
	return ctx, err
}
