// Package deployment says how an app is run, as plain data.
//
// A [Spec] is a whole deployment: user, mounts, environment, limits and the
// services beside the app. It prints as JSON, compares with ==-like tools, and
// knows nothing of Docker.
//
// A [Condition] is one named change to a Spec that makes it more like
// production, usually harsher: "user=65532", "read-only-root",
// "missing-mount=/app/config". Conditions are the only way to change a Spec;
// nothing hostile hides in an option. [Parse] reads a condition from text, the
// constructors ([User], [ReadOnlyRoot], ...) make one in Go, [Catalogue] lists
// all kinds, and [Spec.With] applies any set of them:
//
//	spec, err := base.With(deployment.User(65532, 65532), deployment.ReadOnlyRoot())
//
// The order in which conditions are given does not matter: two that contradict
// each other are an error that names both, and equal ones count once.
package deployment
