package store_test

import (
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func TestLocalConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return store.Local(t.TempDir()) })
}

func TestS3Conformance(t *testing.T) {
	g := storetest.StartGateway(t)
	storetest.Run(t, func(t *testing.T) store.Store { return g.Open(t) })
}
