// Package debian puts a root file system together from Debian packages, in Go
// alone: no Docker, no root, no chroot, no dpkg, no maintainer scripts. It works
// on any host that can reach a mirror by HTTP, a Mac included.
//
// Read it in the order in which it works:
//
//   - sources.go, pockets.go: which mirrors there are. They come from the caller or from the
//     host's own apt sources; no mirror's name is written in this package.
//   - keyring.go, release.go, archive.go: the archive's signed index ([Open]). A suite whose
//     index has no good signature is refused unless [Options.AllowUnsigned].
//   - index.go, depends.go, resolve.go: what is in the suite and what a set of
//     packages needs ([Archive.Resolve]).
//   - fetch.go, deb.go, tree.go, unpack.go: packages are downloaded side by side, checked
//     against the index and unpacked into a [Tree] ([Archive.Unpack]). The chain
//     of trust is key -> InRelease -> Packages -> SHA256 of each .deb.
//   - system.go: what maintainer scripts would have made (accounts, the bundle
//     of CA certificates, /tmp).
//
// The same packages give the same bytes: [Tree.WriteTar] sorts its entries, takes
// times from the packages and nothing from the host.
//
// What is left out on purpose: Conflicts and Breaks are not looked at and the
// Essential packages are not pulled in, since a recipe names the few packages
// that it wants; maintainer scripts, triggers, diversions and alternatives do
// not run; device nodes are skipped.
//
// Formats: https://www.debian.org/doc/debian-policy/ch-controlfields.html and
// https://wiki.debian.org/DebianRepository/Format.
package debian
