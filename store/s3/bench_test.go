package s3_test

import (
	"testing"

	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func BenchmarkWrite(b *testing.B) {
	storetest.BenchmarkWrite(b, s3test.StartGateway(b).Open(b), 16<<20)
}

func BenchmarkRead(b *testing.B) {
	storetest.BenchmarkRead(b, s3test.StartGateway(b).Open(b), 16<<20)
}
