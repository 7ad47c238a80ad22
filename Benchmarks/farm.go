// MCP servers that can be told to fail: /mcp/1, /mcp/2 and so on, without sessions.
// usage: farm ADDRESS COUNT
//
//	GET /fault?mcp=3&on=true   from now on MCP 3 answers 500; on=false: it is well again
//	GET /failed?mcp=3          when MCP 3 first answered 500 since, Unix microseconds; 0: not yet
//	GET /answered              how many requests the MCPs have answered
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// mcp answers 500 while it fails.
type mcp struct {
	fails       atomic.Bool
	firstFailed atomic.Int64 // Unix microseconds; 0 is never
}

type farm struct {
	mcps     []mcp
	answered atomic.Int64
}

// find returns the MCP of this number, counted from 1, or nil.
func (f *farm) find(number string) *mcp {
	index, err := strconv.Atoi(number)
	if err != nil || index < 1 || index > len(f.mcps) {
		return nil
	}
	return &f.mcps[index-1]
}

const (
	hello = `"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},` +
		`"serverInfo":{"name":"farm","version":"1"}}`
	unknown     = `"error":{"code":-32601,"message":"Method not found"}`
	bytesOfBody = 65536
)

func answer(method string) string {
	switch method {
	case "initialize":
		return hello
	case "ping":
		return `"result":{}`
	case "tools/list":
		return `"result":{"tools":[]}`
	default:
		return unknown
	}
}

func (f *farm) serveMCP(w http.ResponseWriter, r *http.Request) {
	one := f.find(strings.TrimPrefix(r.URL.Path, "/mcp/"))
	if one == nil {
		http.NotFound(w, r)
		return
	}
	defer f.answered.Add(1)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bytesOfBody))
	if err != nil {
		return
	}
	if one.fails.Load() {
		w.WriteHeader(http.StatusInternalServerError)
		one.firstFailed.CompareAndSwap(0, time.Now().UnixMicro())
		return
	}
	var request struct {
		ID     json.RawMessage
		Method string
	}
	if err := json.Unmarshal(body, &request); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if request.ID == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, request.ID, answer(request.Method))
}

func (f *farm) serveFault(w http.ResponseWriter, r *http.Request) {
	one := f.find(r.FormValue("mcp"))
	on, err := strconv.ParseBool(r.FormValue("on"))
	if one == nil || err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	one.firstFailed.Store(0)
	one.fails.Store(on)
}

func (f *farm) serveFailed(w http.ResponseWriter, r *http.Request) {
	one := f.find(r.FormValue("mcp"))
	if one == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, one.firstFailed.Load())
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: farm ADDRESS COUNT")
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil || count < 1 {
		log.Fatalf("COUNT is not a number of MCPs: %q", os.Args[2])
	}
	f := &farm{mcps: make([]mcp, count)}
	http.HandleFunc("/mcp/", f.serveMCP)
	http.HandleFunc("/fault", f.serveFault)
	http.HandleFunc("/failed", f.serveFailed)
	http.HandleFunc("/answered", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, f.answered.Load())
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
