package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// mostRedirects is how many redirects browsers follow, roughly.
const mostRedirects = 20

// Open asks for a page as a browser does: it follows redirects within the app and
// brings back the cookies that it is given. The answer's Path is where it ended.
// A redirect to elsewhere is not followed but given as it is. Every exchange is
// kept as evidence; an error means that no answer came.
func (s *Sandbox) Open(ctx context.Context, road Road, path string) (*Response, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	at := path
	for range mostRedirects {
		here, err := url.Parse(s.URL(road) + at)
		if err != nil {
			return nil, fmt.Errorf("GET %s: %w", at, err)
		}
		var header http.Header
		if cookies := jar.Cookies(here); len(cookies) > 0 {
			header = http.Header{"Cookie": {cookieHeader(cookies)}}
		}
		answer, err := s.Do(ctx, road, http.MethodGet, at, header, "")
		if err != nil {
			return nil, err
		}
		jar.SetCookies(here, (&http.Response{Header: answer.Header}).Cookies())
		next, ok := Within(here, answer.Header.Get("Location"))
		if answer.Status/100 != 3 || !ok {
			return answer, nil
		}
		at = next
	}
	return nil, fmt.Errorf("GET %s (%s): more than %d redirects, the last one to %s", path, road, mostRedirects, at)
}

func cookieHeader(cookies []*http.Cookie) string {
	pairs := make([]string, len(cookies))
	for i, c := range cookies {
		pairs[i] = c.Name + "=" + c.Value
	}
	return strings.Join(pairs, "; ")
}

// Within resolves a reference that was found at the address here, and gives its
// path and query if it leads to the same server: another scheme, host or port is
// elsewhere. An empty reference leads nowhere.
func Within(here *url.URL, reference string) (path string, ok bool) {
	if reference == "" {
		return "", false
	}
	there, err := here.Parse(reference)
	if err != nil || there.Scheme != here.Scheme || !strings.EqualFold(there.Host, here.Host) {
		return "", false
	}
	if there.Path == "" {
		there.Path = "/"
	}
	return there.RequestURI(), true
}
