package main

import (
	"errors"
	"strings"
	"syscall"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/lang"
)

// describe tells an error to a person: what on the first line, what to do on
// those after it.
func describe(err error, l lang.Lang) string {
	var unavailable *engine.Unavailable
	switch {
	case errors.As(err, &unavailable):
		return "seatrial: " + unavailable.What.In(l) + "\n" + unavailable.Do.In(l)
	case errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "no space left on device"):
		return "seatrial: " + firstLine(err) + "\n" + lang.Text{
			EN: "free some disk: `seatrial clean --images` removes what Seatrial keeps, `docker system df` shows what the engine holds",
			ZH: "请释放磁盘空间：seatrial clean --images 清除 Seatrial 的缓存，docker system df 查看引擎占用",
		}.In(l)
	}
	return "seatrial: " + err.Error()
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
