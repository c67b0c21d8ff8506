package app

import (
	"path"
	"slices"
	"strings"
)

// readyNames are the usual paths of a readiness check, best first: those that
// say ready, those that say healthy, those that only say alive.
var readyNames = []string{"/readyz", "/ready", "/health/ready", "/healthz", "/health", "/ping", "/livez", "/status", "/healthcheck", "/health-check", "/readiness", "/liveness", "/health/live"}

// ready chooses the path that answers when the app can serve: one of the usual
// names, the same name below a prefix, "/" if it is a route, one of the names
// below a prefix that comes from configuration, else "/" with a note that says
// so. Routes of side listeners are not considered.
func ready(routes []route) (string, Note) {
	routes = slices.DeleteFunc(slices.Clone(routes), func(r route) bool { return r.side })
	named := func(name string, guess bool) int {
		return slices.IndexFunc(routes, func(r route) bool {
			return r.guess == guess && (r.path == name || r.path == name+"/")
		})
	}
	for _, name := range readyNames {
		if i := named(name, false); i >= 0 {
			return routes[i].path, Note{"ready " + routes[i].path, routes[i].note.Where}
		}
	}
	for _, name := range readyNames {
		for _, r := range routes {
			if strings.HasSuffix(strings.TrimSuffix(r.path, "/"), name) && !r.guess && !strings.ContainsAny(r.path, ":*{") {
				return r.path, Note{"ready " + r.path, r.note.Where}
			}
		}
	}
	if i := rootRoute(routes); i >= 0 {
		return "/", Note{"ready /", routes[i].note.Where}
	}
	for _, name := range readyNames {
		if i := named(name, true); i >= 0 {
			return routes[i].path, Note{"ready " + routes[i].path + ": the prefix of its group is configured and taken for empty", routes[i].note.Where}
		}
	}
	return "/", Note{"ready /: no readiness route and no route for / was found", "default"}
}

func rootRoute(routes []route) int {
	return slices.IndexFunc(routes, func(r route) bool { return r.path == "/" && !r.side && !r.guess })
}

// pages chooses the pages whose assets must load: "/" when the app serves one.
func pages(routes []route, templates []string, static []Static) ([]string, Note) {
	if i := rootRoute(routes); i >= 0 {
		return []string{"/"}, Note{"page /", routes[i].note.Where}
	}
	for _, s := range static {
		if s.URL == "/" {
			return []string{"/"}, Note{"page / from " + s.Dir, "static files"}
		}
	}
	if len(templates) > 0 {
		return []string{"/"}, Note{"page / from templates " + path.Dir(templates[0]), "templates"}
	}
	return nil, Note{}
}
