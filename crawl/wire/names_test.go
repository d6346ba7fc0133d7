package wire_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

var quietLog = log.New(io.Discard, "", 0)

// fakeNames is a name server that gives each name its answers, one after the other, the last
// again and again; an answer of several addresses has commas.
func fakeNames(t *testing.T, answers map[string][]string) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() }) //nolint:errcheck // a test's
	var mu sync.Mutex
	asked := map[string]int{} // by name and type
	answer := func(q dnsmessage.Question) (list []dnsmessage.Resource) {
		mu.Lock()
		defer mu.Unlock()
		name := strings.TrimSuffix(q.Name.String(), ".")
		all := answers[name]
		if len(all) == 0 {
			return nil
		}
		key := name + q.Type.String()
		turn := all[min(asked[key], len(all)-1)]
		asked[key]++
		for a := range strings.SplitSeq(turn, ",") {
			at := netip.MustParseAddr(a)
			h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			switch {
			case at.Is4() && q.Type == dnsmessage.TypeA:
				list = append(list, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: at.As4()}})
			case at.Is6() && q.Type == dnsmessage.TypeAAAA:
				list = append(list, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: at.As16()}})
			}
		}
		return list
	}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			m.Answers = answer(m.Questions[0])
			if packed, err := m.Pack(); err == nil {
				_, _ = pc.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}
