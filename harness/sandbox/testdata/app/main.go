// Command app is what the tests launch: a server that does as its arguments say,
// and tells what it finds in its container.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	listen := ":8080"
	status := http.StatusOK
	graceful := false
	for _, arg := range os.Args[1:] {
		key, value, _ := strings.Cut(arg, "=")
		number, _ := strconv.Atoi(value)
		switch key {
		case "listen":
			listen = value
		case "status":
			status = number
		case "lines":
			lines(number)
		case "long":
			fmt.Println(strings.Repeat("x", number) + "end")
		case "exit":
			os.Exit(number)
		case "sleep":
			time.Sleep(time.Hour)
		case "eat":
			eat()
		case "graceful":
			graceful = true
		default:
			fmt.Fprintln(os.Stderr, "unknown argument", arg)
			os.Exit(2)
		}
	}
	if graceful {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		go func() { <-stop; fmt.Println("stopped"); os.Exit(0) }()
	}
	fmt.Println("listening on", listen)
	fmt.Fprintln(os.Stderr, http.ListenAndServe(listen, handler(status)))
	os.Exit(1)
}

func lines(n int) {
	for i := 0; i < n; i++ {
		fmt.Fprintf(os.Stdout, "out %d\n", i)
		fmt.Fprintf(os.Stderr, "err %d\n", i)
	}
}

func eat() {
	for eaten := [][]byte{}; ; {
		piece := make([]byte, 1<<20)
		for i := range piece {
			piece[i] = byte(i)
		}
		eaten = append(eaten, piece)
	}
}

func handler(status int) http.Handler {
	mux := http.NewServeMux()
	answer := func(path string, f func(arg string) (string, error)) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			text, err := f(r.URL.Query().Get("q"))
			if err != nil {
				w.WriteHeader(http.StatusInternalServerError)
				text = err.Error()
			}
			fmt.Fprint(w, text)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	mux.HandleFunc("/image", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Write([]byte{0x89, 'P', 'N', 'G'})
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("less"))
	})
	mux.HandleFunc("/host", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.Header.Get("X-Test")) })
	answer("/env", func(key string) (string, error) { return os.Getenv(key), nil })
	answer("/cwd", func(string) (string, error) { return os.Getwd() })
	answer("/ids", func(string) (string, error) { return fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), nil })
	answer("/status", func(field string) (string, error) { return processStatus(field) })
	answer("/read", func(path string) (string, error) { b, err := os.ReadFile(path); return string(b), err })
	answer("/list", list)
	answer("/write", func(path string) (string, error) { return "written", os.WriteFile(path, []byte("x"), 0o644) })
	answer("/fill", func(path string) (string, error) { return "filled", os.WriteFile(path, make([]byte, 2<<20), 0o644) })
	answer("/redis", redis)
	return mux
}

func processStatus(field string) (string, error) {
	b, err := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(b), "\n") {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(value), nil
		}
	}
	return "", err
}

func list(path string) (string, error) {
	found, err := os.ReadDir(path)
	var names []string
	for _, f := range found {
		names = append(names, f.Name())
	}
	return strings.Join(names, " "), err
}

// redis sends one command and gives the first line of the answer.
func redis(command string) (string, error) {
	c, err := net.DialTimeout("tcp", "redis:6379", 2*time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	fmt.Fprintf(c, "%s\r\n", command)
	line, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line), err
}
