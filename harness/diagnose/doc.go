// Package diagnose reads a bundle of evidence and names the cause of the failure.
//
// # Rules
//
// A [Rule] states a cause. Its texts, its place in the life of a deployment and,
// wherever a pattern is enough, how it is recognised are data: rules/AREA.yaml.
// Where reasoning is needed, the rule names a function of [logics] instead.
// A rule without matching evidence stays silent; advice that is wrong is worse
// than none.
//
//   - id: config-file-missing        # stable, kebab-case, unique
//     acts: boot                     # when the cause acts, see [Stage]
//     confidence: certain            # certain, likely or possible
//     title: {en: ..., zh: ...}      # the cause in a few words
//     cause: {en: "...{path}...", zh: ...}
//     fix:   {en: ..., zh: ...}
//     not:   {en: ..., zh: ...}      # what it is easily mistaken for, and how to tell
//     remedy: ["tmpfs={path}"]       # conditions with which it should pass
//     reproduced: {en: ..., zh: ...} # how it was made to happen
//     leads-to: [nginx-upstream-down] # what is its consequence, if that is found too
//     quiet: true                    # wrong, although nothing looks so from outside
//     conditions: [read-only-root]   # what brings it about on purpose
//     when: {kind: [exited], exit: [1, 2]}
//     any:                           # one of these lines must be there
//   - {in: app, text: 'open (?P<path>\S+): no such file', not: '\.html'}
//     all: [...]                     # each of these must be
//     none: [...]                    # none of these may be
//
// or, instead of any, all and none:
//
//	logic: loader-missing
//
// Named groups of the patterns and the parameters that a logic gives fill the
// {placeholders} of the texts.
//
// # Lines
//
// Patterns meet a line as a person reads it: see [Line]. The same fact in JSON, in
// logfmt, in colours or in another language of the C library's messages is one
// text.
//
// # Order
//
// Findings are in the order in which their causes act. What a found cause leads
// to is its chain and no finding beside it.
package diagnose
