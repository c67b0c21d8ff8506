package evidence

// Host is the content of host.json: where the app ran, and who asked.
type Host struct {
	Engine        string   `json:"engine"` // "Docker 20.10.24 (API 1.41)"
	Product       string   `json:"product,omitempty"`
	Version       string   `json:"version,omitempty"`
	API           string   `json:"api,omitempty"`
	Endpoint      string   `json:"endpoint,omitempty"`
	Kernel        string   `json:"kernel,omitempty"`
	OS            string   `json:"os,omitempty"`
	Arch          string   `json:"arch,omitempty"`
	CgroupVersion string   `json:"cgroup,omitempty"`
	CgroupDriver  string   `json:"cgroupDriver,omitempty"`
	Storage       string   `json:"storage,omitempty"`
	Security      []string `json:"security,omitempty"` // "name=seccomp,profile=default", "name=rootless", ...
	Rootless      bool     `json:"rootless,omitempty"`
	CPUs          int      `json:"cpus,omitempty"`
	Memory        int64    `json:"memory,omitempty"` // bytes
	// ClockMillis is how far the engine's clock is ahead of the harness's, as
	// exactly as one question can tell.
	ClockMillis int64 `json:"clockMillis"`
	// Harness is the system that the harness itself ran on, "linux/amd64".
	Harness string `json:"harness,omitempty"`
}
