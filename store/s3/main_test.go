package s3_test

import (
	"context"
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
