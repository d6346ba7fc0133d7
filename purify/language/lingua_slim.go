//go:build slim

package language

import "errors"

// errNoLingua is the answer of a program built without lingua.
var errNoLingua = errors.New("arbiter: this program was built without lingua (tag slim): set arbiter: off")

func newLingua([]string) (Detector, string, error) { return nil, "", errNoLingua }
