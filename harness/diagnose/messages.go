package diagnose

import "strings"

// replaceMessages gives the English wording of the C library's messages that
// stand in a text. Go itself has them in English always; shells, compilers and
// what is linked with cgo speak the language of their locale.
func replaceMessages(text string) string { return messages.Replace(text) }

// messages are those of strerror(3), from the catalogues of glibc 2.36.
var messages = strings.NewReplacer(
	"没有那个文件或目录", "no such file or directory",
	"权限不够", "permission denied",
	"只读文件系统", "read-only file system",
	"设备上没有空间", "no space left on device",
	"地址已在使用", "address already in use",
	"拒绝连接", "connection refused",
	"不允许的操作", "operation not permitted",
)
