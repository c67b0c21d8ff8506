// Package engine is the connection to the container engine: Docker 20.10 to 29,
// Docker Desktop, or Podman's compatible socket.
//
// [Connect] finds the engine as the docker command would (DOCKER_HOST, the
// current context, the usual sockets) and gives an [Engine]; if there is none it
// gives an [Unavailable], which says what is missing and what to do.
//
// Everything that a run creates on the engine carries [Engine.Labels]: the run,
// the process that owns it, and when it started. So that nothing is left behind,
// there are three nets, each for what the one before it cannot catch:
//
//   - [Engine.RemoveRun] at the end of a run and on interruption;
//   - the reaper ([Engine.StartReaper]), a child process that outlives a panic,
//     go test -timeout and kill -9, and then removes the run's things;
//   - [Engine.Sweep] at every start, which removes the things of runs whose
//     process is no more, for when the whole process group was killed or the
//     machine restarted.
//
// None of them touches a thing of a run whose process is alive.
package engine
