// Package image gets the images that a sandbox runs: the bases that an app's
// binary is put on, the services beside it, and the app images themselves.
//
// It does not depend on a registry. A base or a service is looked for on the
// engine, then in the registries, then put together here from Debian packages
// (package debian). [Ref.Source] and [Ref.Detail] say which way it came.
//
// Read it in this order: store.go (what is looked for where), recipe.go and
// finish.go (what the images made here hold), find.go and pull.go (engine and
// registries), assemble.go and host.go (from packages, from this host), base.go,
// listing.go and layer.go (what is under an app), app.go and builder.go (the app
// image), load.go (into the engine), list.go (what there is, and its removal).
//
// # Names
//
// Images made here are called localhost/seatrial/NAME:HASH. The host "localhost"
// keeps Docker, Podman and nerdctl from completing the name with a public
// registry, and makes a pull of a missing one fail at once. HASH is of the
// recipe for bases and services and of the image's configuration for apps, so
// an image that is there under its name needs no further check.
//
// # What is kept
//
// Below [Config].CacheDir: debs/ and index/ (packages, by hash), bases/ (put
// together here), saved/ (layers of bases that came from the engine, by image
// ID). All of it may be deleted at any time. Bases and services made here also
// stay on the engine, labelled io.seatrial.kind=base; app images carry the
// labels of their run and go with it.
package image
