package scenarios

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// Whom the app takes its client for, behind nginx: its access log says.

// Addresses from blocks for documentation (RFC 5737): nobody's. The outer one is
// what a load balancer before nginx would have added to what its client forged.
// Without it, an app that rightly trusts private networks would take the forged
// address too: in a sandbox, the true client is in such a network itself.
const (
	forgedAddress = "203.0.113.99"
	outerClient   = "198.51.100.7"
)

// knowsClient compares the app's log with nginx's view: the address that nginx
// passes on is the client's.
func (w *World) knowsClient(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	before, err := s.Logs(ctx)
	if err != nil {
		return err
	}
	asked := published(s, sandbox.ThroughNginx, "/seatrial-who-am-i")
	if _, err := s.Get(ctx, sandbox.ThroughNginx, asked); err != nil {
		return w.noAnswer(http.MethodGet, asked, sandbox.ThroughNginx, err)
	}
	client, own, err := s.Addresses(ctx)
	if err != nil {
		return err
	}
	lines, err := w.newLines(ctx, s, len(before), "/seatrial-who-am-i")
	if err != nil {
		return err
	}
	for _, line := range lines {
		if strings.Contains(line.Text, client) {
			return nil
		}
	}
	if len(lines) == 0 {
		return w.wrong(both("the request through nginx is not in the app's log", "应用日志中没有经 nginx 的这次请求"),
			lang.Text{EN: "without an access log nobody can tell who asked for what", ZH: "没有访问日志就无法得知谁访问了什么"},
			lang.Text{EN: "log each request with its path and the client's address", ZH: "请为每个请求记录路径与客户端地址"})
	}
	return w.wrong(both("the app does not know the client behind nginx", "应用不能识别 nginx 之后的客户端地址"),
		lang.Text{EN: fmt.Sprintf("the client is %s, nginx is %s; the line says: %s", client, own, lines[0].Text), ZH: fmt.Sprintf("客户端为 %s，nginx 为 %s；日志为：%s", client, own, lines[0].Text)},
		lang.Text{
			EN: "take the client's address from X-Forwarded-For when the request comes from a trusted proxy (gin: SetTrustedProxies, c.ClientIP())",
			ZH: "请求来自可信代理时从 X-Forwarded-For 取客户端地址（gin：SetTrustedProxies 与 c.ClientIP()）",
		})
}

// newLines waits shortly for lines that name a path: logging may lag behind.
func (w *World) newLines(ctx context.Context, s *sandbox.Sandbox, skip int, path string) ([]sandbox.LogLine, error) {
	deadline := time.Now().Add(time.Second)
	for {
		lines, err := s.Logs(ctx)
		if err != nil {
			return nil, err
		}
		var found []sandbox.LogLine
		for _, line := range lines[min(skip, len(lines)):] {
			if strings.Contains(line.Text, path) {
				found = append(found, line)
			}
		}
		if len(found) > 0 || time.Now().After(deadline) {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// forgedClientRefused asks as a client that wrote the header itself before load
// balancer and nginx added to it.
func (w *World) forgedClientRefused(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	before, err := s.Logs(ctx)
	if err != nil {
		return err
	}
	const path = "/seatrial-forged"
	header := http.Header{"X-Forwarded-For": {forgedAddress + ", " + outerClient}, "X-Real-Ip": {forgedAddress}}
	asked := published(s, sandbox.ThroughNginx, path)
	if _, err := s.Do(ctx, sandbox.ThroughNginx, http.MethodGet, asked, header, ""); err != nil {
		return w.noAnswer(http.MethodGet, asked, sandbox.ThroughNginx, err)
	}
	lines, err := w.newLines(ctx, s, len(before), path)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return skip(lang.Text{EN: "the app logs no requests, so that it cannot be seen whom it takes the client for", ZH: "应用没有访问日志，无法得知它认为客户端是谁"})
	}
	for _, line := range lines {
		if !strings.Contains(line.Text, forgedAddress) {
			continue
		}
		if strings.Contains(line.Text, outerClient) {
			continue // the whole header was logged, with the true client in it
		}
		return w.wrong(both("the app believes a forged client address", "应用相信了伪造的客户端地址"),
			lang.Text{EN: "the client wrote X-Forwarded-For itself, and the log says: " + line.Text, ZH: "客户端自行伪造了 X-Forwarded-For，而日志为：" + line.Text},
			lang.Text{
				EN: "trust the proxies that there are and no others (gin: SetTrustedProxies with their networks), and read X-Forwarded-For from the right",
				ZH: "只信任实际存在的代理（gin：SetTrustedProxies 填写其网段），并从右向左解析 X-Forwarded-For",
			})
	}
	return nil
}
