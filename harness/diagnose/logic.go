package diagnose

// Logic is a rule's reasoning, where a pattern is not enough: it gives what it
// saw, or nil.
type Logic func(*Case) *Match

// logics are the functions that rules name, each declared beside its rule's area
// in logic_AREA.go.
var logics = map[string]Logic{}

// declare adds the functions of an area.
func declare(list map[string]Logic) bool {
	for name, logic := range list {
		if logics[name] != nil {
			panic("declare logic " + name + ": declared twice")
		}
		logics[name] = logic
	}
	return true
}
