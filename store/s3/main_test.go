package s3_test

import (
	"context"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.Main(m, func(ctx context.Context, o storetest.Order) (store.Store, error) {
		return s3.Opener(s3test.Settings(o.Server))(ctx, o.Location)
	}, nil)
}

func TestConformance(t *testing.T) {
	g := s3test.StartGateway(t)
	storetest.Run(t, func(t *testing.T) store.Store { return g.Open(t) })
}

func TestRace(t *testing.T) {
	g := s3test.StartGateway(t)
	location := g.Location()
	storetest.RaceTwo(t, openWith(t, location, g.Settings()), storetest.Order{Location: location, Server: g.Address})
}

// TestGoogle runs the suite over the form that gs:// locations have.
func TestGoogle(t *testing.T) {
	g := s3test.StartGateway(t)
	o := g.Settings()
	o.Region = "us-east-1" // the server's
	storetest.Run(t, func(t *testing.T) store.Store {
		location := s3.SchemeGoogle + strings.TrimPrefix(g.Location(), s3.Scheme)
		s, err := s3.Google(o)(t.Context(), location)
		if err != nil {
			t.Fatal(err)
		}
		if s.String() != location {
			t.Errorf("%s is called %s", location, s)
		}
		return s
	})
}
