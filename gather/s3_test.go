package gather_test

import (
	"fmt"
	"testing"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// TestS3 reads the same files from a folder and from a real S3 server.
func TestS3(t *testing.T) {
	g := s3test.StartGateway(t)
	for _, c := range []struct {
		name string
		open openFunc
		file []byte
	}{
		{"jsonl", openJSONL, jsonLines(5_000)},
		{"warc", openWARC, archive(t, pages(50))},
		{"parquet", openParquet, rows(t, 2_000)},
		{"arrow", openArrow, arrowFile(t, true, 2_000, 100)},
		{"text", openText, []byte("text")},
	} {
		var got [2]string
		for i, location := range []string{t.TempDir(), g.Location()} {
			e := stage.NewEnv()
			e.Name, e.Stores = "src", g.Schemes()
			s, err := e.Stores.Open(t.Context(), location)
			if err != nil {
				t.Fatal(err)
			}
			for n := range 3 {
				storetest.Put(t, s, fmt.Sprint("f", n), c.file)
			}
			src, err := c.open(t.Context(), []string{location + "/f*"}, e)
			if err != nil {
				t.Fatal(err)
			}
			shards, err := src.Shards(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, shard := range shards {
				f := &formattest.Feed{Shard: shard}
				if err := src.Read(t.Context(), shard, f); err != nil {
					t.Fatal(err)
				}
				got[i] += f.String()
			}
		}
		if got[0] != got[1] || got[0] == "" {
			t.Errorf("%s: %d bytes from the folder, other %d from S3", c.name, len(got[0]), len(got[1]))
		}
	}
}
