package gherkin

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ParameterType is a kind of {parameter} in sentences.
type ParameterType struct {
	// Name is what stands between the braces.
	Name string
	// Regexp matches the text of a value; it holds no capture group (write (?:...)).
	Regexp string
	// Convert is a func(string) (T, error) that makes the value; nil leaves the text as it is.
	Convert any
}

// The spellings of a quoted string: ASCII quotes with backslash escapes, and
// the quotation marks of Chinese.
const quoted = `"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|“[^”]*”|‘[^’]*’|「[^」]*」|『[^』]*』`

// BuiltinTypes are the parameter types of every catalogue.
func BuiltinTypes() []ParameterType {
	return []ParameterType{
		{Name: "int", Regexp: `-?\d+`, Convert: func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }},
		{Name: "float", Regexp: `-?\d*\.?\d+`, Convert: func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }},
		{Name: "word", Regexp: `\S+`},
		{Name: "string", Regexp: quoted, Convert: unquote},
		{Name: "duration", Regexp: durationRegexp, Convert: ParseDuration},
		{Name: "size", Regexp: sizeRegexp, Convert: ParseSize},
		{Name: "path", Regexp: quoted + `|[/.~$A-Za-z0-9_][^\s"'“”‘’「」『』，。；、]*`, Convert: unquote},
		{Name: "url", Regexp: `https?://[^\s"'“”‘’「」『』，。；、]+`},
		{Name: "method", Regexp: `GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE`},
		{Name: "status", Regexp: `[1-5]\d\d`, Convert: strconv.Atoi},
	}
}

// unquote takes the quotation marks off, and the escapes inside ASCII ones.
func unquote(s string) (string, error) {
	runes := []rune(s)
	if len(runes) < 2 || !strings.ContainsRune(`"'“‘「『`, runes[0]) {
		return s, nil
	}
	inner := string(runes[1 : len(runes)-1])
	if runes[0] == '"' || runes[0] == '\'' {
		inner = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`).Replace(inner)
	}
	return inner, nil
}

func (t ParameterType) validate() error {
	if !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(t.Name) {
		return fmt.Errorf("declare parameter type {%s}: a name is lower-case letters, digits and hyphens", t.Name)
	}
	re, err := regexp.Compile(t.Regexp)
	if err != nil {
		return fmt.Errorf("declare parameter type {%s}: %w", t.Name, err)
	}
	if re.NumSubexp() > 0 {
		return fmt.Errorf("declare parameter type {%s}: capture group in %s: write (?:...)", t.Name, t.Regexp)
	}
	if re.MatchString("") && regexp.MustCompile("^(?:"+t.Regexp+")$").MatchString("") {
		return fmt.Errorf("declare parameter type {%s}: %s matches the empty text", t.Name, t.Regexp)
	}
	if t.Convert == nil {
		return nil
	}
	f := reflect.TypeOf(t.Convert)
	if f.Kind() != reflect.Func || f.NumIn() != 1 || f.In(0) != stringType ||
		f.NumOut() != 2 || f.Out(1) != errorType || reflect.ValueOf(t.Convert).IsNil() {
		return fmt.Errorf("declare parameter type {%s}: Convert is %v: want func(string) (T, error)", t.Name, f)
	}
	return nil
}

// goType is the Go type of the values.
func (t ParameterType) goType() reflect.Type {
	if t.Convert == nil {
		return stringType
	}
	return reflect.TypeOf(t.Convert).Out(0)
}

// value makes the argument of type to from the text of a step.
func (t ParameterType) value(text string, to reflect.Type) (reflect.Value, error) {
	v := reflect.ValueOf(text)
	if t.Convert != nil {
		out := reflect.ValueOf(t.Convert).Call([]reflect.Value{v})
		if err, _ := out[1].Interface().(error); err != nil {
			return reflect.Value{}, fmt.Errorf("{%s}: %w", t.Name, err)
		}
		v = out[0]
	}
	if v.Type().AssignableTo(to) {
		return v, nil
	}
	if v.CanInt() && reflect.Zero(to).OverflowInt(v.Int()) {
		return reflect.Value{}, fmt.Errorf("{%s}: %s is out of range for %v", t.Name, text, to)
	}
	return v.Convert(to), nil
}

// fits says whether a value of this type can be given to a function's argument
// without changing its meaning: a duration is never a bare number.
func (t ParameterType) fits(to reflect.Type) bool {
	from := t.goType()
	if from.AssignableTo(to) {
		return true
	}
	if from == durationType || to == durationType {
		return false
	}
	signed := []reflect.Kind{reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64}
	if slices.Contains(signed, from.Kind()) && slices.Contains(signed, to.Kind()) {
		return true
	}
	return from.Kind() == to.Kind() && from.ConvertibleTo(to) &&
		(from.Kind() == reflect.String || from.Kind() == reflect.Float64)
}
