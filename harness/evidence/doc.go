// Package evidence holds what was observed of one deployment: it lays out the
// bundle, writes it without secrets, and reads it back.
//
// # A bundle
//
// A bundle is a folder, or the same folder packed into one .zip or .tar.gz.
// Every file is optional for a reader; which ones are not there, and why, is
// said in meta.json.
//
//	meta.json                schema version, times, files, what is missing and why
//	outcome.json             what was tried, and the symptom
//	spec.json                the deployment as it was asked for
//	conditions.txt           one condition a line
//	app.json                 what the app is, as its source says
//	build.json               what was asked of the go command, and the facts of the binary
//	build.log                the command, and what it printed
//	source/go.mod            as it was built
//	image.json               the image, its configuration, and where it came from
//	image-files.jsonl        what the image's file system holds
//	state.json               how the container ended: exit code, OOM, error
//	stdout.log               what the app wrote to standard output
//	stderr.log               what the app wrote to standard error
//	log.jsonl                both, in order of time, with times
//	diff.json                files that the app changed in its container
//	sockets.json             what listened, and on which address
//	processes.jsonl          processes with users, capabilities and limits
//	mounts.jsonl             mount points, what is free on them
//	limits.json              the cgroup: limits and how often they were hit
//	paths.jsonl              paths that matter, as the app's user sees them
//	http.jsonl               one request and its answer a line
//	services/redis.log       what the Redis beside it wrote
//	services/redis-info.txt  its INFO
//	services/redis-acl.txt   its ACL LIST, ACL LOG, and the settings by which it refuses
//	services/nginx.log       what the nginx beside it wrote
//	services/nginx.conf      what it was told
//	host.json                the engine, kernel and architecture
//	steps.json               the steps of the scenario with their outcomes
//	launch.json              what it takes to launch it again on this machine
//	experiment.json          what experiments showed, try by try
//	reproduce.sh             commands for the failing side and for the passing one
//
// Bundles of what was deployed by other means may have transcript.log (any text
// of unknown origin), platform.log, systemd.log, unit.service, supervisor.log,
// supervisord.conf.
//
// Other names are allowed if they are lower case and portable. Files ending in
// .log and .jsonl hold one record a line: line numbers quoted in a report are
// those of the file in the bundle. Redaction never adds or removes a line.
//
// # Writing
//
// [Create] opens a [Writer] on a temporary folder beside the wanted one;
// [Writer.Close] writes meta.json and renames it, so that a bundle is either
// there as a whole or not at all. A file that cannot be written does not
// prevent the others: it is listed in meta.json. A process that dies leaves the
// temporary folder, readable, with "complete": false.
//
// # Secrets
//
// All that is written passes a [Redactor], which replaces known secret values
// and what has the shape of a secret with [redacted:KIND]. The same type finds
// secrets in an app's own log with [Redactor.Leaks].
//
// # Reading
//
// [Open] gives a [Bundle]; [FromFS] makes one of any file system, such as a
// txtar archive. The package imports nothing of this module, and no engine.
package evidence
