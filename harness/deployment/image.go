package deployment

import "github.com/seatrial/seatrial/harness/lang"

// Part is a part of the image that may be left out.
type Part string

const (
	AppFiles       Part = "app-files"       // what app.files names: templates, static files, configuration
	Tmp            Part = "tmp"             // /tmp
	CACertificates Part = "ca-certificates" // what crypto/x509 looks for
	TimeZones      Part = "time-zones"      // what package time and the C libraries look for
	Shell          Part = "shell"           // sh, and what else is called by that name
)

// Paths of a part, wherever distributions keep it. [AppFiles] has none: those
// paths are the app's.
func (p Part) Paths() []string {
	switch p {
	case Tmp:
		return []string{"/tmp"}
	case CACertificates:
		// The list of crypto/x509, root_linux.go, and where Debian keeps the originals.
		return []string{
			"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls", "/etc/pki/ca-trust",
			"/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
		}
	case TimeZones:
		return []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo", "/etc/localtime", "/etc/timezone"}
	case Shell:
		var paths []string
		for _, dir := range []string{"/bin/", "/usr/bin/"} {
			for _, name := range []string{"sh", "bash", "rbash", "dash", "ash", "busybox"} {
				paths = append(paths, dir+name)
			}
		}
		return paths
	}
	return nil
}

// imageContent is what the image lacks.
func imageContent() []Kind {
	return []Kind{
		{
			Name: "only-binary", Example: "only-binary",
			Doc: lang.Text{
				EN: "The binary alone was deployed: templates, static files and configuration that app.files names stayed behind. Mounts are there.",
				ZH: "只部署了二进制：app.files 所列的模板、静态文件、配置都没有带上；挂载仍在。",
			},
			apply: without(AppFiles),
		},
		{
			Name: "no-tmp", Example: "no-tmp",
			Doc:   lang.Text{EN: "The image has no /tmp.", ZH: "镜像中没有 /tmp 目录。"},
			apply: without(Tmp), decides: func(string) string { return "content of /tmp" },
		},
		{
			Name: "without-ca-certificates", Example: "without-ca-certificates",
			Doc: lang.Text{
				EN: "The image has no CA certificates, so that no certificate of others can be verified.",
				ZH: "镜像中没有 CA 证书，无法校验对方的 TLS 证书。",
			},
			apply: without(CACertificates),
		},
		{
			Name: "without-time-zones", Example: "without-time-zones",
			Doc: lang.Text{
				EN: "The image has no time zone data; only UTC is known, unless the app carries its own.",
				ZH: "镜像中没有时区数据；除非应用自带，否则只有 UTC。",
			},
			apply: without(TimeZones),
		},
		{
			Name: "without-shell", Example: "without-shell",
			Doc: lang.Text{
				EN: "The image has no sh, bash or busybox, as distroless images have none.",
				ZH: "镜像中没有 sh、bash、busybox，与 distroless 镜像一致。",
			},
			apply: without(Shell),
		},
	}
}

func without(part Part) func(*Spec, string) error {
	return func(s *Spec, _ string) error { s.Without = append(s.Without, part); return nil }
}
