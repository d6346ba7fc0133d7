package parquet

import meta "github.com/parquet-go/parquet-go/format"

// HeaderLen is the length of the page header that b begins with.
func HeaderLen(b []byte) (int, error) { return decodeHeader(b, new(meta.PageHeader)) }
