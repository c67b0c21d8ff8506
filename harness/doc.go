// Package harness puts a Go web app through production before production does.
//
// Read [Begin] and [Trial.Prepare] in suite.go: they tell the plot in order, and
// each line of them is a room of this house:
//
//		matrix.yaml ─▶ matrix ──Cell──▶ build ──Artifact──▶ image ──Image──▶ sandbox ──Bundle──▶ diagnose ──Finding──▶ report
//		   app/ (detect) ─────────────────────────────────▶    ▲                              │
//		features/ ─▶ scenarios (godog) ─▶ deployment.Spec + Conditions ◀── experiment ◀───────┘
//
//	  - app: what the app is, found from its source and files;
//	  - matrix: the cells that matrix.yaml declares;
//	  - build: a cell becomes an artifact, a binary with the facts read back from it;
//	  - image: the artifact on a base; also the services' images;
//	  - deployment: how the app is run, as data, and the conditions that change it;
//	  - engine: the connection to Docker or Podman, labels, and leaving nothing behind;
//	  - sandbox: the app running beside Redis and nginx;
//	  - evidence: everything that was observed, as one bundle of files;
//	  - diagnose: rules that read a bundle and name causes, and the corpus that they are held against;
//	  - experiment: which conditions make it fail, and what makes it pass, by launching again;
//	  - report: outcomes, the table, the failure page, JUnit, JSON;
//	  - lang: texts in English and Chinese.
//
// Package scenarios drives it: a [Trial] is one run over some cells of a matrix,
// and a [Launcher] is a cell that is ready to be launched under conditions.
package harness
